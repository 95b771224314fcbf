"""The state: the events so far, and the present that they add up to.

    event ─> journal (on the disk) ─> ledger ─> records ─> known: the answers for decisions

The new papers of one fetch of a keyword are a *batch* with a number. Batch 0 holds the papers that
were there before the keyword, or that another program mailed. A reader's *claims* to a keyword
are spans of batch numbers, each with how far the reader has had it. So:

- A reader who joins, or is given another keyword, has a claim to the papers of the last
  `first_days` days.
- A reader may leave the file, or drop a keyword whose papers are in a waiting or refused digest.
  The claim ends there. For ninety days its papers still come with the next digest, or when the
  reader returns.
- A paper that a second keyword finds later is in that keyword's batch too. It is left out of the
  mail, because a claim to the first keyword covers it.
- A refused digest moves no claim: its papers are in the next one. A digest that a server may have
  accepted is offered unchanged until the third refusal.
- One line records a delivery, however many papers it has.

A digest has one message or several. Each message that is accepted stops waiting, and the last one
moves the claims. A digest that was made for another sender is withdrawn and made anew, unless a
server may have accepted it.

Each configuration speaks for its own readers and keywords, so two can share a state. A keyword
whose query is edited keeps its claim: the former query is read once more, and papers that match
both are owed from where the former one began.

Readers with the same keywords and claims share one *history*, so many readers cost little more
than their addresses. For the same reason a batch is one text until a function looks into it.
"""

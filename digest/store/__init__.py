"""The state: the events so far, and the present that they add up to.

    event ─> journal (on the disk) ─> ledger ─> records ─> known: the answers for decisions

What one fetch finds new for a keyword is a *batch* with a number. Batch 0 holds the papers that
were there before the keyword was, or that somebody else mailed. A reader's *claims* to a keyword
are spans of batch numbers, each with how far the reader has had it. So:

- A reader who joins, or is given another keyword, has a claim to the papers of the last
  `first_days` days.
- A reader who leaves the file, or drops a keyword that a waiting or refused digest speaks of, has a
  claim that ends there. Its papers come when the reader is back, or with the next digest; for
  ninety days.
- A paper that a second keyword finds later is in that keyword's batch too. It is left out of the
  mail, because a claim to the first keyword covers it.
- A refused digest moves no claim: its papers are in the next one. A digest that a server may have
  taken is offered unchanged until the third refusal.
- One line records a delivery, however many papers it has.

A digest has one message or several. Each message that is accepted stops waiting, and the last one
moves the claims. A digest that was made for another sender is taken back and made anew, unless a
server may have it.

Each configuration speaks for its own readers and keywords, so two can share a state. A keyword
whose query is edited keeps its claim: the former query is read once more, and papers that match
both are owed from where the former one began.

Readers who read the same and have had the same share one *history*, so that many readers cost
little more than their addresses. For the same reason a batch is one text until somebody looks at
it.
"""

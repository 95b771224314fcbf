"""Delivers messages to the mail server by SMTP.

    messages ─> dispatch ─> connection ─> transaction ─> reply ─> its meaning ─> the store

What ends a run early, and what does not:

- An address of the server does not answer: the others are tried, a quarter of a second apart.
- Commands that went out together are lost: from then on they go out one by one.
- A connection ends before its message was given away: the message goes over the next one.
- A connection ends afterwards, without a reply: the fate of the message is unknown, and the next
  run offers the same bytes again.
- Three connections in a row end badly: the server is left alone, and the rest waits.
- The server says that we are too fast, or three times in a row that it is busy: one connection goes
  on alone, with pauses. Messages that were put off are offered again at the end. After five minutes
  and a hundred messages the server is left alone.
- A refusal is about the sender, the server or a quota: it counts against no reader, and everything
  waits. Ten in a row end the run.
- A reader was refused three times in a row: nothing more is offered to them until their pause is
  over (`digest.selection.pauses`).
- An outcome cannot be recorded: nothing further is offered.
- The process dies: the next run goes on from the last whole line of the journal.
"""

"""Delivers messages to the mail server by SMTP.

    messages ─> dispatch ─> connection ─> transaction ─> reply ─> its meaning ─> the store

Some events end a run early, and others do not:

- An address of the server does not answer: the next addresses are tried, each after 0.25 s.
- Pipelined commands are lost: from then on the commands go out one by one.
- A connection ends before it has sent its message: the message goes over the next connection.
- A connection ends later, without a reply: the fate of the message is unknown, and the next run
  offers the same bytes again.
- Three connections in a row end without a reply to any message: the run ends.
- The server says that messages come too fast, or three times in a row that it is busy: sending goes
  on over one connection, with pauses. Deferred messages are offered again at the end. After five
  minutes of pauses and a hundred deferrals in a row the run ends.
- A refusal is about the sender, the server or a quota: it counts against no reader, and the digest
  waits. Ten such refusals in a row end the run.
- The server has refused a reader three times in a row: no message is offered to this reader until
  their pause is over (`digest.selection.pauses`).
- An outcome cannot be recorded: no further message is offered.
- The process dies: the next run continues from the last whole line of the journal.
"""

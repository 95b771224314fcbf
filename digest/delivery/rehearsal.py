"""Tests the mail server without sending a message: MAIL, RCPT, and then RSET.

Many servers reject the sender, the greeting or the client only at RCPT (Postfix's
`smtpd_delay_reject`), so a login alone shows little.
"""

from digest.delivery.connection import MailServer, connected, run
from digest.delivery.dialogue import Dialogue, Reply, Turn
from digest.delivery.meaning import Concern, Step, meaning_of
from digest.delivery.transaction import Connection, Envelope, Outcome, offer
from digest.errors import MailDeferredError, MailRefusedError
from digest.text import in_short


def rehearse(server: MailServer, sender: str | None, recipient: str | None = None) -> str:
    """Connects, logs in, sends MAIL and RCPT, and takes both back with RSET.

    Without a `sender` there is no MAIL. Without a `recipient` the sender's address stands in RCPT,
    since it receives the bounces. Returns the server's offers and answers, in words.

    Raises:
        MailRefusedError: the server refuses the connection, the sender or the recipient.
        MailDeferredError: the server is away, or says "later".
    """

    async def visit() -> str:
        async with connected(server) as connection:
            words = [
                "TLS" if connection.secured else "no TLS",
                f"logged in as {server.username}" if server.username else "no login",
                f"greeted as {server.habits.name}",
            ]
            if sender is not None:
                words.append(await _named(connection, server, sender, recipient))
            return ", ".join(words)

    return run(visit())


def send_one(server: MailServer, envelope: Envelope) -> str:
    """Sends one message; returns the server's reply.

    Raises:
        MailRefusedError: the server refuses the message.
        MailDeferredError: the server says "later", or does not reply.
    """

    async def visit() -> Outcome:
        async with connected(server) as connection:
            return await offer(connection, envelope)

    outcome = run(visit())
    said = f"{outcome.code} {outcome.reply}" if outcome.code else outcome.reply
    if outcome.refused:
        raise MailRefusedError(
            f"{server} refuses the test mail to {envelope.recipient}: {said}", code=outcome.code
        )
    if not outcome.accepted:
        raise MailDeferredError(
            f"{server} does not take the test mail to {envelope.recipient} now: {said}; try again "
            "later",
            code=outcome.code or None,
        )
    return said


async def _named(
    connection: Connection, server: MailServer, sender: str, recipient: str | None
) -> str:
    """Sends MAIL, RCPT and RSET; returns the server's answer, in words."""
    to = recipient or sender
    utf8 = not (sender + to).isascii()
    if utf8 and not connection.smtputf8:
        raise MailRefusedError(
            f"{server} offers no SMTPUTF8, which {sender if not sender.isascii() else to} needs; "
            "write an address in ASCII"
        )
    dialogue = connection.dialogue
    option = " SMTPUTF8" if utf8 else ""
    said = await _said(dialogue, f"MAIL FROM:<{sender}>{option}", server)
    if said.code >= 400:
        raise _refusal(said, Step.MAIL, f"{server} refuses the sender {sender}")
    said = await _said(dialogue, f"RCPT TO:<{to}>", server)
    meaning = meaning_of(Step.RCPT, said.code, said.text) if said.code >= 500 else None
    alone = recipient is None and meaning is not None and meaning.concern is Concern.READER
    if said.code >= 400 and not alone:
        raise _refusal(said, Step.RCPT, f"{server} does not take mail from {sender} to {to}")
    await _said(dialogue, "RSET", server)
    if alone:
        return (
            f"takes mail from {sender}, and none to it ({said.code} {in_short(said.text)}): what "
            "bounces is lost, unless DIGEST_MAIL_RETURN_PATH is set to an address that exists"
        )
    return f"takes mail from {sender} to {to}"


async def _said(dialogue: Dialogue, command: str, server: MailServer) -> Reply:
    """Returns the reply to a command; MailDeferredError for none, or for a wrong one."""
    replies = await dialogue.ask(Turn(f"{command}\r\n".encode()))
    if not replies:
        raise MailDeferredError(f"{server} ended the connection ({in_short(dialogue.ended)})")
    (said,) = replies
    if said.code // 100 == 3:
        raise MailDeferredError(f"{server} sends an unexpected reply: {said.code} {said.text}")
    return said


def _refusal(said: Reply, step: Step, beginning: str) -> MailRefusedError | MailDeferredError:
    """Returns the error for a reply; `beginning` is the first half of its sentence."""
    words = f"{said.code} {in_short(said.text)}"
    if said.code < 500:
        return MailDeferredError(f"{beginning} now: {words}; try again later", code=said.code)
    meaning = meaning_of(step, said.code, said.text)
    if meaning is None:
        advice = "if that is not about this address alone, show it to the server's administrator"
    elif meaning.concern is Concern.READER:
        advice = "that is about this address: mend it"
    else:
        advice = meaning.advice
    if meaning is not None and meaning.concern is Concern.LATER:
        return MailDeferredError(f"{beginning} now: {words}; {advice}", code=said.code)
    return MailRefusedError(f"{beginning}: {words}; {advice}", code=said.code)

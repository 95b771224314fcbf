"""Makes the mail to the operator about lasting troubles, and the test mail of `digest check`."""

from collections.abc import Iterator, Sequence

from digest.clock import Moment
from digest.cycle.envelopes import spliced
from digest.delivery.transaction import Envelope
from digest.mail.dkim import Signer
from digest.mail.message import Sender, envelope_address, message_id, recipient_head, share
from digest.mail.rendering import page
from digest.model.address import address
from digest.text import counted

_ADVICE = """\
Nothing is lost: missing papers come with a later digest. `digest status` shows the present state,
and `digest help operations` explains the words. This mail comes once a day at most."""

_TRIAL = """\
This is the test mail of `digest check --mail-to`. It shows that the mail server accepts mail for
this address and delivers it. Look at the folder that it came to. If that is the folder for unwanted
mail, `digest help operations` says how to get mail into the inbox.
"""


def trouble_mail(
    lines: Sequence[str], to: str, sender: Sender, now: Moment, signer: Signer | None = None
) -> Envelope:
    """Returns the mail to the operator with these lines, signed where there is a `signer`."""
    subject = f"arXiv digest: {counted(len(lines), 'thing')} to look at, {now:%Y-%m-%d}"
    text = "\n".join(["What has been wrong for a while:", "", *_wrapped(lines), "", _ADVICE, ""])
    return _mail((subject, text), to, sender, now, signer)


def trial_mail(to: str, sender: Sender, now: Moment, signer: Signer | None = None) -> Envelope:
    """Returns the test mail of `digest check`, made and signed like every other mail."""
    text = f"{_TRIAL}\nSent {now:%Y-%m-%d %H:%M:%S} UTC, from {sender.mailbox}\n"
    subject = f"arXiv digest: test mail, {now:%Y-%m-%d}"
    return _mail((subject, text), to, sender, now, signer)


def _mail(
    content: tuple[str, str], to: str, sender: Sender, now: Moment, signer: Signer | None
) -> Envelope:
    """Returns a message with this subject and this text."""
    subject, text = content
    html = page("operator.html", subject=subject, text=text)
    shared = share(subject, text, html, sender, now)
    recipient = address(to)
    name = message_id(recipient.key, shared.edition, sender)
    own = recipient_head("", recipient, name)
    head = signer.ready(shared.head, shared.body, now).field(own) + own if signer else own
    return Envelope(
        key=recipient.key,
        message_id=name,
        sender=sender.reverse_path,
        recipient=envelope_address(recipient),
        edition=shared.edition,
        parts=lambda: spliced(head, shared.head, shared.body),
    )


def _wrapped(lines: Sequence[str]) -> Iterator[str]:
    """Yields the lines as items of a list; a line above 400 characters is cut."""
    for line in lines:
        yield f"- {line if len(line) < 400 else line[:400] + '…'}"

"""Defines the events of the state: facts that are never undone.

The journal of the state store is a list of events; the ledger folds them into the present state,
with no clock, network or configuration. Moments are in UTC. The field names are the store's format:
fields may be added, with a default, and are never renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.readings import Audited, Fetched, Harvested, Trusted


@dataclass(frozen=True, slots=True)
class Configured:
    """A configuration is in use; recorded at its first run, and then once a day.

    `configuration` is its name: the path of its subscribers.yaml. A new reader in it is due the
    papers that were found in the last `first_days` days.
    """

    configuration: str
    at: Moment
    first_days: int


@dataclass(frozen=True, slots=True)
class ConfigurationGone:
    """A configuration was not in use for so long that its readers count as gone."""

    configuration: str


@dataclass(frozen=True, slots=True)
class KeywordOpened:
    """A configuration names a keyword: for the first time, again, or with another query.

    Papers older than `since` that are met before the first complete fetch count as seen, unless an
    earlier query of the keyword is owed them. With `anew` the keyword begins anew, since it was
    first opened while the clock was wrong.
    """

    keyword: str
    query: str
    since: Moment
    configuration: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class KeywordClosed:
    """A configuration no longer names the keyword; the papers that it has met stay known."""

    keyword: str
    configuration: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An address reads these keywords: it is due the papers found after this, or since `since`."""

    address: str
    keywords: tuple[str, ...]
    configuration: str = ""
    since: Moment | None = None
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """An address no longer reads these keywords in a configuration.

    An address that no configuration names has left. It is still owed the papers found until then.
    """

    address: str
    keywords: tuple[str, ...]
    configuration: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """An address left so long ago that no paper is owed to it any more."""

    address: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Papers of a table of earlier mails were imported; they count as mailed to everyone.

    The keyword is the heading above them in the table, and need not be in the configuration.
    """

    keyword: str
    at: Moment
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class EditionKept:
    """The part of a message that all its recipients share was composed.

    `head` and `body` are ASCII, with CRLF line ends, except for a sender whose local part is not
    ASCII. `head` lacks the header fields of one recipient. `sender` is the reverse-path at that
    time; a waiting message is offered with the present one. `signature` stands for the sender's
    fields in `head`, so that a later change of them is noticed. `papers` are the versioned
    identifiers in the message, noted where a digest has several messages.
    """

    edition: str
    sender: str
    head: str
    body: str
    signature: str = ""
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message is ready for one address. It is offered until accepted or refused for good.

    `head` holds the header fields of this recipient alone, with the DKIM signature. `papers` counts
    the papers in the message. A digest has `parts` messages, and this one is number `part`.
    `covers` gives, for each keyword, the number of the last batch in the whole digest.
    """

    address: str
    message_id: str
    edition: str
    recipient: str
    head: str
    at: Moment
    papers: int
    covers: Mapping[str, int]
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The waiting messages of an address are withdrawn, since no server can have accepted one.

    Their papers are still owed, and come in a new digest.
    """

    address: str


@dataclass(frozen=True, slots=True)
class DeliveryBegun:
    """Messages are being offered. Without a `DeliveryEnded` any waiting message may be accepted."""

    at: Moment


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """Each message that was offered since the `DeliveryBegun` has an outcome."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Passed:
    """A reader has already had all papers found for them, up to these batches."""

    address: str
    covers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Served:
    """An address was served for the digest due at `slot`, or its first digest is after `slot`."""

    address: str
    slot: Moment


@dataclass(frozen=True, slots=True)
class OperatorTold:
    """The operator was sent a mail with these lines about lasting troubles.

    `once` are those of the lines that are never repeated.
    """

    at: Moment
    lines: tuple[str, ...]
    once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptedTogether:
    """The mail server accepted messages (RFC 5321 section 4.2.5: reply code 250).

    Each message is an address, a Message-ID and a reply.
    """

    at: Moment
    messages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail server accepted one message, as schema 3 and earlier ones wrote it."""

    address: str
    message_id: str
    at: Moment
    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """A message was not accepted for now: reply code 4yz, or no reply (`code` is then 0).

    `offered` is False where the server did not come to this message because of others. `uncertain`
    is True where the message was sent, and the connection ended before the server's reply.
    """

    address: str
    message_id: str
    at: Moment
    code: int
    reply: str
    offered: bool = True
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A message was refused for good: reply code 5yz, or it could not be sent (`code` is then 0).

    `waited` is True where the message may have been accepted before: it was offered and no reply
    came. `under` is the fingerprint of the sender and the mail server at that time, "" where it was
    not recorded.
    """

    address: str
    message_id: str
    at: Moment
    code: int
    reply: str
    waited: bool = False
    under: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A reader's pause has ended: the sender or the server has changed, or a month has passed."""

    address: str
    at: Moment


@dataclass(frozen=True, slots=True)
class MailTroubled:
    """The mail server refuses for a `reason` that concerns no reader; "" where it does no more."""

    at: Moment
    reason: str


Event = (
    Configured
    | ConfigurationGone
    | KeywordOpened
    | KeywordClosed
    | Subscribed
    | Unsubscribed
    | Expired
    | Fetched
    | Harvested
    | Audited
    | Trusted
    | Imported
    | EditionKept
    | Composed
    | Withdrawn
    | DeliveryBegun
    | DeliveryEnded
    | Passed
    | Served
    | OperatorTold
    | AcceptedTogether
    | Accepted
    | Deferred
    | Refused
    | Resumed
    | MailTroubled
)

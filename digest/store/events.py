"""What happens to the state, as facts that are never taken back.

The journal of the state store is a list of these; the ledger folds them into the present. An event
says what came about, not what to do, so that replaying it needs no clock, no network and no
configuration. Moments are in UTC. Field names are the store's format: they may be added to, with a
default, and never renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.clock import Moment
from digest.model.paper import Paper


@dataclass(frozen=True, slots=True)
class Configured:
    """A configuration is in use; recorded when it is first seen, and once a day from then on.

    `configuration` names it: the path of its subscribers.yaml. A new reader of it is due the papers
    that were found in the last `first_days` days.
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

    Papers older than `since` that are met before the first complete fetch count as seen, unless
    the keyword was asked before and is owed them. With `anew` that counts no more: a clock that
    was wrong noted it.
    """

    keyword: str
    query: str
    since: Moment
    configuration: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class KeywordClosed:
    """A configuration names the keyword no more; what the keyword has seen is kept."""

    keyword: str
    configuration: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An address reads these keywords: of each, what is found after this, or was since `since`."""

    address: str
    keywords: tuple[str, ...]
    configuration: str = ""
    since: Moment | None = None
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A configuration has an address read these keywords no more.

    An address that no configuration names is gone. It stays owed the papers found until then.
    """

    address: str
    keywords: tuple[str, ...]
    configuration: str = ""
    at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """An address has been gone for so long that nothing is owed to it any more."""

    address: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """arXiv's listing of a keyword was read: what was unseen in it, in arXiv's order.

    `new` is to be mailed; `old` counts as seen. `complete` is False with a `reason` where papers
    may be missing, and without one where a saved page was read; `missing` are identifiers known
    to be in the listing that were not; `depth` is the number of papers that had to be read to come
    back far enough. `still` says that the reason is an index that stands still, `empty` how many
    readings in a row listed nothing, `unreadable` names entries that cannot be read. `begun` is the
    moment of the first complete listing as long as later ones are held against it. `away` says that
    arXiv gave no whole answer: it failed, not the query, and nothing was merely missing.
    """

    keyword: str
    at: Moment
    complete: bool
    reason: str = ""
    new: tuple[Paper, ...] = ()
    old: tuple[Paper, ...] = ()
    missing: tuple[str, ...] = ()
    depth: int = 0
    still: bool = False
    empty: int = 0
    unreadable: tuple[str, ...] = ()
    begun: Moment | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """Papers that somebody else has mailed already, to everyone.

    The keyword is the heading they stood under, and need not be one of ours.
    """

    keyword: str
    at: Moment
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class EditionKept:
    """The part of a message that all its recipients share, ready to send.

    `head` and `body` are ASCII, with CRLF line ends, but for a sender whose local part is not;
    `head` lacks the fields of one recipient. `sender` is the reverse-path of that time; what waits
    is offered with that of the day. `signature` names the sender's fields in `head`, so that a
    later change of them shows. `papers` are the versioned identifiers in it, noted where a digest
    has several messages.
    """

    edition: str
    sender: str
    head: str
    body: str
    signature: str = ""
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A message is ready for one address: offered unchanged until accepted or refused for good.

    `head` holds the header fields of this recipient alone, with the signature; `papers` counts
    those in the message. A digest has `parts` messages, of which this is number `part`; `covers`
    gives, for each keyword, the number of its last batch that the whole digest speaks of.
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
    """What waited for an address is taken back, since no server can have taken it.

    Its papers are still owed, and come in a digest made anew.
    """

    address: str


@dataclass(frozen=True, slots=True)
class DeliveryBegun:
    """Messages are being offered. Without an end, any of those that wait may have been taken."""

    at: Moment


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """Each message that was offered since the beginning has come to an outcome."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Passed:
    """All that was found for an address, up to these batches, it has had already."""

    address: str
    covers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Served:
    """An address has had its turn for the digest that was due at `slot`, or begins after it."""

    address: str
    slot: Moment


@dataclass(frozen=True, slots=True)
class OperatorTold:
    """Whoever runs this was told what has been wrong for long.

    `once` are those of the lines that are never told again.
    """

    at: Moment
    lines: tuple[str, ...]
    once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptedTogether:
    """The mail server took responsibility for messages (RFC 5321 section 4.2.5: 250).

    Of each: the address, the Message-ID, the reply.
    """

    at: Moment
    messages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The same of one message, as schema 3 and earlier ones wrote it."""

    address: str
    message_id: str
    at: Moment
    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The message could not be delivered for now: 4yz, or no reply (`code` is then 0).

    The server never came to one that was not `offered`, for reasons of others. One that is
    `uncertain` was given away, and the connection ended before the server's reply.
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
    """The message was refused for good: 5yz, or no way to send it (`code` is then 0).

    One that `waited` may have been taken before this, when it was offered and no reply came.
    `under` is the fingerprint of the sender and the mail server of that time, "" where it was not
    kept.
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
    """A reader's pause has ended: the sender or the server is another, or a month has gone by."""

    address: str
    at: Moment


@dataclass(frozen=True, slots=True)
class MailTroubled:
    """The mail server refuses what concerns no reader, in these words; all is well without any."""

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

"""What the store keeps: a record for each keyword and each reader, and where a paper was met.

The papers that one fetch finds new for a keyword are a *batch*, numbered from 1 for each keyword;
batch 0 holds what was there before the keyword was, or was mailed by somebody else. A reader's
*claims* to a keyword are spans of batch numbers, each with how far the reader has had it, so that
the record of a reader grows with their changes of mind and not with the papers. What one reader
reads and has had is their *history*; most readers share theirs with many others, and there is one
object for all of them. Field names are the store's format.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.claims import NO_HISTORY, Claims, History, is_owed
from digest.store.events import Composed, EditionKept, MailTroubled, OperatorTold

BASELINE = 0

REFUSALS = 3
"""So many in a row, and a reader is paused. A digest that may have been taken before is broken up
when it was refused so often, not earlier: else its papers could come in two messages."""


A_LEAP = timedelta(days=40)
"""Where so much time passes between two runs, or it goes back, the clock may be wrong."""

OWED_FOR = timedelta(days=90)
"""So long a reader who is gone stays owed what was found for them before."""


@dataclass(frozen=True, slots=True)
class FormerQuery:
    """How a keyword was asked for before, until what that query is owed has been read.

    Papers from `since` on are owed to it; also those of a month before, once it was completely
    read, at `complete_through`. `met` says whether it ever found a paper.
    """

    query: str
    since: Moment
    complete_through: Moment | None = None
    met: bool = False


@dataclass(slots=True)
class KeywordRecord:
    """One keyword: how it is asked for, how the last fetches went, the batches it has met.

    `batches` maps the number to versioned identifiers in arXiv's order, with spaces between: one
    text is read a hundred times faster than its parts, and most are never looked at again. But for
    batch 0 the numbers stand in rising order. `complete_through` is the
    moment of the last complete fetch; `last_fetch` that of the last one, with the `reason` why it
    was not complete, empty where it was; `failures` counts those in a row. `opened_after` is the
    last batch that was met before the query became what it is; `from_saved` numbers the batches
    that came from a saved page. `still`, `empty`, `unreadable` and `begun` are those of the last
    fetch. `configurations` are those that name the keyword, and `closed_at` is when the last one
    ceased to; `asked` gives the query of each, and `resting` are those that are not in use now and
    have their claim back when they are. `unread` are periods in which nobody read it: papers of
    theirs are owed to nobody. `found` gives for each batch when it was
    found. `failed` are the days since the last complete
    fetch on which a fetch failed, by its first moment; `makes_up` gives those that a batch makes up
    for.
    """

    query: str
    since: Moment
    active: bool = True
    complete_through: Moment | None = None
    last_fetch: Moment | None = None
    reason: str = ""
    failures: int = 0
    missing: tuple[str, ...] = ()
    depth: int = 0
    opened_after: int = 0
    imported_at: Moment | None = None
    still: bool = False
    empty: int = 0
    unreadable: tuple[str, ...] = ()
    begun: Moment | None = None
    batches: dict[int, str] = field(default_factory=dict)
    from_saved: list[int] = field(default_factory=list)
    configurations: tuple[str, ...] = ()
    closed_at: Moment | None = None
    former: tuple[FormerQuery, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)
    resting: tuple[FormerQuery, ...] = ()
    unread: tuple[tuple[Moment, Moment], ...] = ()
    found: dict[int, Moment] = field(default_factory=dict)
    failed: tuple[Moment, ...] = ()
    makes_up: dict[int, tuple[Moment, ...]] = field(default_factory=dict)

    @property
    def last_batch(self) -> int:
        """The number of the newest batch, 0 where there is none yet."""
        return next(self.batches_after(BASELINE), BASELINE)

    def batches_after(self, after: int) -> Iterator[int]:
        """Yields the numbers of the batches after `after`, the newest first."""
        for number in reversed(self.batches):
            if number > max(after, BASELINE):
                yield number
            elif number != BASELINE:
                return


@dataclass(slots=True)
class Trouble:
    """Why the last try to reach a reader failed; `code` is 0 where the server gave no reply."""

    at: Moment
    code: int
    reply: str


@dataclass(slots=True)
class MailTrouble:
    """What the mail server refuses that concerns no reader, since when, and if that was told."""

    since: Moment
    reason: str
    told: bool = False


@dataclass(slots=True)
class SubscriberRecord:
    """One reader.

    `pending` are the messages of the digest that waits to be accepted, in their order; those that
    were accepted are gone from it, and their papers stand in `had_in_part`, with their versions,
    until the whole digest counts. The first of them is `uncertain` where a server may have taken it
    without a word; `pending_refusals` counts how often it was refused and `deferrals` how often it
    was put off; `in_vain` counts how often it was offered and not accepted.
    `refusals` counts all refusals for good, one after the other; `refused_under` is the fingerprint
    of the sender and the mail server at the last one. `served` is the last slot that had its
    digest, None for a reader whom the daemon does not know yet. `left_at` is when the reader was
    gone from all configurations, None for one who is there.
    """

    history: History = NO_HISTORY
    pending: tuple[Composed, ...] = ()
    pending_refusals: int = 0
    deferrals: int = 0
    served: Moment | None = None
    mailed_at: Moment | None = None
    mailed_id: str = ""
    mailed_papers: int = 0
    trouble: Trouble | None = None
    refusals: int = 0
    in_vain: int = 0
    refused_under: str = ""
    uncertain: bool = False
    left_at: Moment | None = None
    had_in_part: Mapping[str, int] | None = None

    @property
    def keywords(self) -> tuple[str, ...]:
        """What the reader reads now; nothing where they have gone."""
        return self.history.keywords

    @property
    def claims(self) -> Claims:
        """Which batches of each keyword the reader is due and has had."""
        return self.history.claims

    @property
    def owed_elsewhere(self) -> tuple[str, ...]:
        """The keywords that the reader reads no more and is still owed papers of."""
        claims = self.history.claims.items()
        return tuple(k for k, some in claims if is_owed(some) and k not in self.keywords)

    @property
    def paused(self) -> bool:
        """Whether digests were refused for good so often that nothing more is offered."""
        return self.refusals >= REFUSALS

    def why_paused(self, address: str) -> str:
        """The reason of the pause, and what ends it."""
        words = f"{self.trouble.code or 'no reply'} {self.trouble.reply}" if self.trouble else ""
        return (
            f"refused for good {self.refusals} times in a row ({words}); `digest send --to "
            f"{address}` tries again"
        )


@dataclass(frozen=True, slots=True)
class ConfigurationRecord:
    """One configuration: when it last was in use, and how many days a new reader of it is due.

    Since `steady_since` the clock has not leapt between two runs of it.
    """

    seen: Moment
    first_days: int
    steady_since: Moment


@dataclass(slots=True)
class Records:
    """All that the store keeps; `imported` maps base identifiers to versions mailed elsewhere.

    `operator_told` is when the operator last was told of what is wrong, None for never; `told_once`
    are the lines that are not told again. `mail_trouble` is what the mail server refuses that
    concerns no reader, None where all is well. `delivering` says that messages were being offered
    when the last event was recorded.
    """

    keywords: dict[str, KeywordRecord]
    subscribers: dict[str, SubscriberRecord]
    papers: dict[str, Paper]
    editions: dict[str, EditionKept]
    imported: dict[str, int]
    operator_told: Moment | None = None
    told_once: tuple[str, ...] = ()
    mail_trouble: MailTrouble | None = None
    configurations: dict[str, ConfigurationRecord] = field(default_factory=dict)
    delivering: bool = False

    def trouble_with(self, event: MailTroubled) -> None:
        """Takes note of what the mail server refuses, or that it does no more."""
        self.mail_trouble = MailTrouble(event.at, event.reason) if event.reason else None

    def tell(self, event: OperatorTold) -> None:
        """Takes note of what the operator was told."""
        self.operator_told = event.at
        self.told_once = tuple(dict.fromkeys((*self.told_once, *event.once)))
        if trouble := self.mail_trouble:
            trouble.told = trouble.told or any(trouble.reason in line for line in event.lines)


class Sightings:
    """For one keyword: in which batches a paper was met, and in which version."""

    def __init__(self, batches: Mapping[int, str]) -> None:
        self._first: dict[str, int] = {}
        self._first_version: dict[str, int] = {}
        self._later: dict[str, list[tuple[int, int]]] = {}
        for number in sorted(batches):
            self.add(number, batches[number].split())

    def add(self, number: int, versioned_ids: Iterable[str]) -> None:
        """Notes that batch `number` holds these, after all that were added before."""
        for versioned_id in versioned_ids:
            base, version = known_identifier(versioned_id)
            if base not in self._first:
                self._first[base] = number
                self._first_version[base] = version
            else:
                self._later.setdefault(base, []).append((number, version))

    def among(self, bases: Mapping[str, object]) -> Iterable[str]:
        """Those of `bases` that the keyword has met."""
        return bases.keys() & self._first.keys()

    def of(self, base: str) -> Iterator[tuple[int, int]]:
        """Yields (batch number, version) for each time the paper was met, first to last."""
        if base in self._first:
            yield self._first[base], self._first_version[base]
            yield from self._later.get(base, ())

    def version(self, base: str) -> int:
        """The highest version met, 0 where the paper was never met."""
        return max((version for _, version in self.of(base)), default=0)

    def is_first(self, base: str, number: int) -> bool:
        """Whether batch `number` is where the keyword met the paper for the first time."""
        return self._first.get(base) == number


def known_identifier(versioned_id: str) -> tuple[str, int]:
    """The base identifier and version of one of our own; ValueError where it is none.

    >>> known_identifier("2403.09554v2")
    ('2403.09554', 2)
    """
    base, _, version = versioned_id.rpartition("v")
    if not (base and version.isdecimal()):
        raise ValueError(f"{versioned_id!r} is no arXiv identifier")
    return base, int(version)

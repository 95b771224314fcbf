"""Defines the records of the store: one for each keyword and each reader, and the sightings.

The new papers of one fetch of a keyword are a *batch*. Batches are numbered from 1 for each
keyword. Batch 0 holds papers that were there before the keyword, or that another program had
mailed. A reader's *claims* to a keyword are spans of batch numbers; each also says how far the
reader has had the span. So a reader's record grows with their changes of mind and not with the
papers. A reader's keywords and claims are their *history*. Readers with equal histories share one
object. The field names are the store's format.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from digest.clock import Moment
from digest.model.paper import Paper
from digest.store.claims import NO_HISTORY, Claims, History, is_owed
from digest.store.events import Composed, EditionKept, MailTroubled, OperatorTold
from digest.store.harvests import Agreement, Harvests
from digest.store.readings import Fetched

BASELINE = 0

REFUSALS = 3
"""The refusals in a row after which a reader is paused. A digest that may have been accepted before
is dropped after as many refusals and not earlier: its papers could otherwise come twice."""


A_LEAP = timedelta(days=40)
"""The step of the clock between two runs, forward, from which on the clock may be wrong; so may a
clock that goes back."""

OWED_FOR = timedelta(days=90)
"""The time for which a reader who left is still owed the papers found for them before."""


@dataclass(frozen=True, slots=True)
class FormerQuery:
    """An earlier query of a keyword, until the papers that it is owed have been read.

    Papers from `since` on are owed to it. If it was once read completely, at `complete_through`,
    papers of the month before that are owed as well. `met` is True where it ever found a paper.
    `began_after` is that of the keyword's record at that time.
    """

    query: str
    since: Moment
    complete_through: Moment | None = None
    met: bool = False
    began_after: str = ""


@dataclass(slots=True)
class KeywordRecord:
    """The record of one keyword: its query, its last fetches, and the batches that it has met.

    `batches` maps the number of a batch to its versioned identifiers in arXiv's order, separated by
    spaces: one text is read a hundred times faster than its parts, and most texts are never looked
    at again. Except for batch 0 the numbers are in rising order. `found` gives the moment when each
    batch was found. `from_saved` numbers the batches that came from a saved page. `opened_after` is
    the last batch before the query became the present one.

    `complete_through` is the moment of the last complete fetch. `last_fetch` is that of the last
    fetch; its `reason` says why it was not complete, and is "" where it was. `failures` counts
    incomplete fetches in a row. `still`, `empty`, `unreadable` and `begun` are those of the last
    fetch. `failed` are the days since the last complete fetch on which a fetch failed, each by its
    first moment; `makes_up` gives the days that a batch makes up for.

    `configurations` name the keyword, and `closed_at` is the moment when the last one dropped it.
    `asked` gives the query in each configuration. `resting` are queries of configurations that are
    not the present query; each gets its beginning back when it is used again. `unread` are periods
    in which no configuration named the keyword; papers of these periods are owed to no reader.

    `here` is True where the last complete reading was evaluated here, on a harvest. A keyword that
    began in that way has `began_after`: the largest identifier at that time, else "". `agreement`
    tells how far the evaluation here agrees with arXiv's search.
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
    here: bool = False
    began_after: str = ""
    agreement: Agreement | None = None

    @property
    def last_batch(self) -> int:
        """The number of the newest batch; 0 where there is none yet."""
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
    """The reason why the last try to reach a reader failed; `code` is 0 without a reply."""

    at: Moment
    code: int
    reply: str


@dataclass(slots=True)
class MailTrouble:
    """A refusal of the mail server that concerns no reader; `told` if the operator knows it."""

    since: Moment
    reason: str
    told: bool = False


@dataclass(slots=True)
class SubscriberRecord:
    """The record of one reader.

    `pending` are the waiting messages of the reader's digest, in order. A message that was accepted
    leaves this list, and its papers with their versions stand in `had_in_part` until all messages
    of the digest are accepted. `uncertain` is True where a server may have accepted the first
    waiting message without a reply reaching us. `pending_refusals` counts the refusals of that
    message, `deferrals` its deferrals, and `in_vain` all offers of it that did not succeed.

    `refusals` counts all refusals for good in a row. `refused_under` is the fingerprint of the
    sender and the mail server at the last one. `served` is the last slot whose digest was made,
    None where the daemon does not know the reader yet. `left_at` is the moment when the reader left
    all configurations, None for a present reader.
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
        """The present keywords of the reader; none after the reader has left."""
        return self.history.keywords

    @property
    def claims(self) -> Claims:
        """The batches of each keyword that the reader is due and has had."""
        return self.history.claims

    @property
    def owed_elsewhere(self) -> tuple[str, ...]:
        """The keywords that the reader no longer reads and is still owed papers of."""
        claims = self.history.claims.items()
        return tuple(k for k, some in claims if is_owed(some) and k not in self.keywords)

    @property
    def paused(self) -> bool:
        """True where digests were refused for good so often that none is offered any more."""
        return self.refusals >= REFUSALS

    def why_paused(self, address: str) -> str:
        """Says the reason of the pause, and how to end it."""
        words = f"{self.trouble.code or 'no reply'} {self.trouble.reply}" if self.trouble else ""
        return (
            f"refused for good {self.refusals} times in a row ({words}); `digest send --to "
            f"{address}` tries again"
        )


@dataclass(frozen=True, slots=True)
class ConfigurationRecord:
    """The record of one configuration: its last use, and the days that a new reader is due.

    Since `steady_since` the clock has not leapt between two of its runs.
    """

    seen: Moment
    first_days: int
    steady_since: Moment


_AT_MOST = timedelta(days=1)
"""The longest time for which arXiv is left alone, whatever its answer asks for."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """The wish of arXiv not to be asked, made at `since`, with its words."""

    since: Moment
    until: Moment
    reason: str

    def holds(self, at: Moment) -> bool:
        """Returns whether arXiv is left alone at this moment.

        The wish is void for a moment before it, as the clock was set back, and after a day.
        """
        return self.since <= at < self.until and at - self.since < _AT_MOST


@dataclass(slots=True)
class Records:
    """All records of the store.

    `imported` maps base identifiers to the versions that another program mailed. `operator_told` is
    the moment of the last mail to the operator about troubles, None for never; `told_once` are its
    lines that are not repeated. `mail_trouble` is a refusal of the mail server that concerns no
    reader, None where there is none. `delivering` is True where messages were being offered when
    the last event was recorded. `left_alone` is arXiv's wish not to be asked, None where there is
    none. `harvests` is the record of all harvests.
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
    left_alone: LeftAlone | None = None
    harvests: Harvests = field(default_factory=Harvests)

    def trouble_with(self, event: MailTroubled) -> None:
        """Notes a refusal of the mail server, or its end."""
        self.mail_trouble = MailTrouble(event.at, event.reason) if event.reason else None

    def leave_alone(self, event: Fetched) -> None:
        """Notes that arXiv wants to be left alone; forgets it when the time is over."""
        if event.left_alone is not None:
            self.left_alone = LeftAlone(event.at, event.left_alone, event.reason)
        elif self.left_alone and not self.left_alone.holds(event.at):
            self.left_alone = None

    def tell(self, event: OperatorTold) -> None:
        """Notes a mail to the operator."""
        self.operator_told = event.at
        self.told_once = tuple(dict.fromkeys((*self.told_once, *event.once)))
        if trouble := self.mail_trouble:
            trouble.told = trouble.told or any(trouble.reason in line for line in event.lines)

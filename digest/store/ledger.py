"""Folds events into the present state: the papers of each keyword, and those each reader has had.

A `Ledger` is the fold of all events so far. It makes no decision and knows no clock: the same
events give the same ledger, in any process, at any time.
"""

from datetime import timedelta

from digest.clock import Moment
from digest.store import keyword_changes
from digest.store.answers import Answers
from digest.store.events import (
    Accepted,
    AcceptedTogether,
    Composed,
    ConfigurationGone,
    Configured,
    Deferred,
    DeliveryBegun,
    DeliveryEnded,
    EditionKept,
    Event,
    Expired,
    Imported,
    KeywordClosed,
    KeywordOpened,
    MailTroubled,
    OperatorTold,
    Passed,
    Refused,
    Resumed,
    Served,
    Subscribed,
    Unsubscribed,
    Withdrawn,
)
from digest.store.histories import Histories
from digest.store.meetings import Meetings
from digest.store.readings import Audited, Fetched, Harvested, Trusted
from digest.store.records import (
    A_LEAP,
    BASELINE,
    ConfigurationRecord,
    KeywordRecord,
    Records,
    SubscriberRecord,
)
from digest.store.sightings import known_identifier
from digest.store.waiting import Waiting

_A_DAY = timedelta(days=1)


class Ledger(Answers):
    """The present state; only `apply` and `prune` change it."""

    def __init__(self, records: Records | None = None) -> None:
        super().__init__(records)
        self._histories = Histories(r.history for r in self.records.subscribers.values())
        self._waiting = Waiting(self, self._histories)
        self._meetings = Meetings(self)

    def apply(self, event: Event) -> None:  # noqa: C901, PLR0912 (a case for each event)
        """Applies one event."""
        match event:
            case AcceptedTogether():
                self._waiting.accepted_together(event)
            case Composed():
                self._waiting.composed(event)
            case Served():
                self.records.subscribers[event.address].served = event.slot
            case Passed():
                self._waiting.passed(event)
            case Deferred():
                self._waiting.deferred(event)
            case Refused():
                self._waiting.refused(event)
            case Resumed():
                self._waiting.resumed(event)
            case Withdrawn():
                self._waiting.withdrawn(event)
            case Accepted():
                self._waiting.accepted(event)
            case EditionKept():
                self.records.editions[event.edition] = event
            case Fetched():
                self._meetings.fetched(event)
            case Harvested():
                self._meetings.harvested(event)
            case Imported():
                self._meetings.imported(event)
            case _:
                self._apply_rarer(event)

    def _apply_rarer(self, event: Event) -> None:  # noqa: C901, PLR0912 (the same)
        """Applies an event of a kind that happens once a day or less."""
        match event:
            case Configured():
                self._configured(event)
            case ConfigurationGone():
                self._configuration_gone(event)
            case KeywordOpened():
                self._opened(event)
            case KeywordClosed():
                record = self.records.keywords[event.keyword]
                keyword_changes.closed(record, event.configuration, event.at)
            case Subscribed():
                self._subscribed(event)
            case Unsubscribed():
                reader = self.records.subscribers[event.address]
                self._leave(reader, event.keywords, event.configuration, event.at)
            case Expired():
                self._expired(event)
            case Audited():
                self._meetings.audited(event)
            case Trusted():
                keyword_changes.trusted(self.records.keywords[event.keyword])
            case DeliveryBegun():
                self._delivery_begun()
            case DeliveryEnded():
                self.records.delivering = False
            case OperatorTold():
                self.records.tell(event)
            case MailTroubled():
                self.records.trouble_with(event)
            case _:
                raise ValueError(f"an unknown event: {type(event).__name__}")

    def prune(self) -> None:
        """Drops texts that will not be needed again; no identifier is ever forgotten."""
        needed = {
            paper.versioned_id
            for keyword in self.records.keywords
            for paper in self.recent(keyword)
        }
        covered = self._covered()
        for name, record in self.records.keywords.items():
            recent = self._recently_found(record)
            for number in record.batches_after(min(recent, covered.get(name, record.last_batch))):
                needed.update(record.batches[number].split())
        self.records.papers = {
            key: paper for key, paper in self.records.papers.items() if key in needed
        }
        waiting = self._waiting.editions
        self.records.editions = {
            key: edition for key, edition in self.records.editions.items() if key in waiting
        }

    def _recently_found(self, record: KeywordRecord) -> int:
        """The last batch before those that a new reader is due, in any of the configurations."""
        known = self.records.configurations.values()
        days = max((configuration.first_days for configuration in known), default=0)
        newest = max((found for found in record.found.values()), default=None)
        for number in record.batches_after(BASELINE):
            found = record.found.get(number)
            if found is None or newest is None or (newest - found).days >= days:
                return number
        return BASELINE

    def _covered(self) -> dict[str, int]:
        """The last batch that all readers have had, for each keyword of which papers are owed."""
        self._histories.keep(record.history for record in self.records.subscribers.values())
        covered: dict[str, int] = {}
        for history in self._histories:
            for keyword, claims in history.claims.items():
                for claim in claims:
                    if not claim.settled:
                        covered[keyword] = min(covered.get(keyword, claim.had), claim.had)
        return covered

    def _configured(self, event: Configured) -> None:
        known = self.records.configurations
        if not known:  # an older program did not distinguish configurations
            for keyword in self.records.keywords.values():
                if "" in keyword.configurations:
                    keyword.configurations = (event.configuration,)
                if "" in keyword.asked:
                    keyword.asked = {event.configuration: keyword.asked[""]}
            for record in self.records.subscribers.values():
                if "" in record.history.reads:
                    renamed = self._histories.renamed(record.history, "", event.configuration)
                    record.history = renamed
        before = known.get(event.configuration)
        went_on = before is not None and timedelta() <= event.at - before.seen < A_LEAP
        since = before.steady_since if before is not None and went_on else event.at
        known[event.configuration] = ConfigurationRecord(event.at, event.first_days, since)

    def _configuration_gone(self, event: ConfigurationGone) -> None:
        name = event.configuration
        seen = self.records.configurations.pop(name).seen
        for record in self.records.subscribers.values():
            if read := record.history.reads.get(name):
                self._leave(record, read, name, seen)
        for keyword in self.records.keywords.values():
            if name in keyword.configurations:
                keyword_changes.closed(keyword, name, seen)

    def _opened(self, event: KeywordOpened) -> None:
        record = self.records.keywords.get(event.keyword)
        if record is None:
            record = KeywordRecord(event.query, event.since, configurations=(event.configuration,))
            self.records.keywords[event.keyword] = record
        elif event.anew or (not event.configuration and event.since < record.since):
            self._forget_old(event.keyword, record)
            keyword_changes.begin_anew(record, event.query, event.since)
        keyword_changes.opened(record, event)

    def _forget_old(self, keyword: str, record: KeywordRecord) -> None:
        """Forgets papers that count as old only because a clock was ahead, with their versions.

        They are met again at the next reading, and judged by their dates then.
        """
        taken = {known_identifier(one)[0] for one in record.batches.pop(BASELINE, "").split()}
        for number, batch in list(record.batches.items()):
            left = [one for one in batch.split() if known_identifier(one)[0] not in taken]
            record.batches[number] = " ".join(left)
        self._sightings.pop(keyword, None)

    def _subscribed(self, event: Subscribed) -> None:
        record = self.records.subscribers.setdefault(event.address, SubscriberRecord())
        starts = tuple((k, self._start(k, event.since)) for k in event.keywords)
        record.history = self._histories.begun(record.history, event.configuration, starts)
        if record.left_at and event.at and event.at - record.left_at >= _A_DAY:
            record.served = None
        record.left_at = None

    def _start(self, keyword: str, since: Moment | None) -> int:
        if since is None:
            return self.records.keywords[keyword].last_batch
        return self.found_since(keyword, since)

    def _leave(
        self,
        record: SubscriberRecord,
        keywords: tuple[str, ...],
        configuration: str,
        at: Moment | None,
    ) -> None:
        """Notes that a reader no longer reads keywords, but is owed the papers found until then.

        If `at` is None, the event is of an older program, in which a reader who left was owed
        nothing.
        """
        known = self.records.keywords
        ends = tuple((k, known[k].last_batch if at else 0) for k in keywords)
        record.history = self._histories.ended(record.history, configuration, ends)
        if not record.keywords:
            record.left_at = at
            record.trouble = None
            record.refusals, record.refused_under = 0, ""
            if at is None:
                self._waiting.drop(record)
                record.served = None

    def _expired(self, event: Expired) -> None:
        record = self.records.subscribers[event.address]
        self._waiting.drop(record)
        record.history = self._histories.expired(record.history)
        record.left_at = None

    def _delivery_begun(self) -> None:
        if self.records.delivering:  # a process died during a delivery
            for record in self.records.subscribers.values():
                record.uncertain = record.uncertain or bool(record.pending)
        self.records.delivering = True

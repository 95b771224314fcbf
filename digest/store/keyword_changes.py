"""Changes a keyword's record: when it is named or dropped, gets another query, or is read.

    named ─> query sent ─> read ─┬─> complete: no older paper is owed
                                 └─> not: the papers that are owed stay owed

A keyword that comes back soon is still owed its papers. If an earlier query of it was not read
completely, that query stays as a `FormerQuery`, and papers that match both queries are owed from
the beginning of the earlier one.
"""

from digest.clock import Moment
from digest.store.events import KeywordOpened
from digest.store.harvests import Agreement
from digest.store.readings import Audited, Fetched, Harvested
from digest.store.records import OWED_FOR, FormerQuery, KeywordRecord


def opened(record: KeywordRecord, event: KeywordOpened) -> None:
    """Notes that a configuration names the keyword, which has a record already."""
    gone = record.closed_at
    if gone is not None and gone < event.since:
        if event.since - gone > OWED_FOR:
            begin_anew(record, event.query, event.since)
        else:
            record.unread = (*record.unread, (gone, event.since))
    record.active, record.closed_at = True, None
    record.asked[event.configuration] = event.query
    if event.configuration not in record.configurations:
        record.configurations = (*record.configurations, event.configuration)
    if event.query != record.query:
        _reword(record, event.query, event.since)


def closed(record: KeywordRecord, configuration: str, at: Moment | None) -> None:
    """Notes that a configuration no longer names the keyword; the last one closes it."""
    others = tuple(name for name in record.configurations if name != configuration)
    record.configurations = others
    record.asked.pop(configuration, None)
    record.resting = tuple(one for one in record.resting if one.query in record.asked.values())
    if not others:
        record.active, record.closed_at = False, at


def begin_anew(record: KeywordRecord, query: str, since: Moment) -> None:
    """Lets the keyword begin like a new one; the papers that it has met stay known."""
    record.query, record.since, record.complete_through = query, since, None
    record.former, record.unread, record.failed = (), (), ()
    record.missing, record.depth, record.failures = (), 0, 0
    record.begun, record.empty, record.unreadable = None, 0, ()
    record.opened_after = record.last_batch
    record.here, record.began_after, record.agreement = False, "", None


def read(record: KeywordRecord, event: Fetched, number: int) -> None:
    """Notes a reading; `number` is that of the batch of its new papers."""
    record.last_fetch, record.reason, record.missing = event.at, event.reason, event.missing
    record.still, record.empty, record.unreadable = event.still, event.empty, event.unreadable
    record.begun = event.begun
    record.failures = 0 if event.complete else record.failures + 1
    if event.new:
        record.found[number] = event.at
        if not event.complete and not event.reason:
            record.from_saved.append(number)
    if event.complete:
        record.complete_through, record.depth, record.here = event.at, event.depth, False
        resting = {one.query: one for one in (*record.resting, *record.former)}
        asked = set(record.asked.values()) - {record.query}
        record.resting = tuple(one for query, one in resting.items() if query in asked)
        record.former = record.unread = ()
        lost = tuple(moment for moment in record.failed if moment.date() != event.at.date())
        if event.new and lost:
            record.makes_up[number] = lost
        record.failed = ()
    elif event.away and not any(at.date() == event.at.date() for at in record.failed):
        record.failed = (*record.failed, event.at)


def evaluated(record: KeywordRecord, event: Harvested, fetched: Fetched, number: int) -> None:
    """Notes an evaluation here; `fetched` is the part of the event for this keyword."""
    begins = record.complete_through is None and not record.began_after
    failures = record.failures
    read(record, fetched, number)
    if event.source == "feeds":  # they stand in for a harvest whose failure was counted
        record.failures = failures
    if event.complete:
        record.here = True
        if begins:
            record.began_after = event.newest


def audited(record: KeywordRecord, event: Audited, number: int) -> None:
    """Notes a comparison with arXiv's search; papers that arXiv alone found are batch `number`."""
    if record.agreement is None:
        record.agreement = Agreement(event.at)
    record.agreement.note(event)
    if event.new:
        record.found[number] = event.at


def trusted(record: KeywordRecord) -> None:
    """Notes that a person has looked at the differences."""
    if record.agreement:
        record.agreement.strikes = ()


def _reword(record: KeywordRecord, query: str, since: Moment) -> None:
    """Notes another query. A query that was used before gets its beginning back."""
    before = next((former for former in record.former if former.query == query), None)
    resting = next((one for one in record.resting if one.query == query), None)
    met = record.depth > 0 or record.last_batch > record.opened_after
    latest = FormerQuery(
        record.query, record.since, record.complete_through, met, record.began_after
    )
    newest = ""
    if before is not None:
        kept = record.former[: record.former.index(before)]
        through, newest = before.complete_through, before.began_after
        begins = before.since
    elif resting is not None:
        kept, through, begins = (*record.former, latest), resting.complete_through, resting.since
        newest = resting.began_after
    elif record.last_fetch is None:
        kept, through, begins = record.former, None, min(since, record.since)
    else:
        kept, through, begins = (*record.former, latest), None, since
    reopened, failed = record.unread, record.failed
    begin_anew(record, query, begins)
    record.complete_through, record.former, record.began_after = through, kept, newest
    record.unread, record.failed = reopened, failed

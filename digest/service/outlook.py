"""Describes the next events in words, as the daemon's status."""

from datetime import UTC, timedelta, tzinfo

from digest.clock import Moment
from digest.model.subscriber import Subscriptions
from digest.service.due import Due
from digest.store.known import Known
from digest.text import counted

_NEAR = timedelta(days=6)


def outlook(what: Due, ledger: Known, subscriptions: Subscriptions, now: Moment) -> str:
    """Returns the next events, and the state of the keywords, on one line."""
    words = []
    if what.next_digest:
        at, address = what.next_digest
        zone = next(s.timezone for s in subscriptions.subscribers if s.email == address)
        words.append(f"next digest {_when(at, zone, now)} for {address}")
    if what.held:
        late = what.held_until and what.held_until > now
        until = f", until {_when(what.held_until, UTC, now)} at most" if late else ""
        words.append(f"{counted(what.held, 'digest')} held back for arXiv{until}")
    if waiting := _waiting(ledger, subscriptions):
        again = f", offered again {_when(what.next_try, UTC, now)}" if what.next_try else ""
        words.append(f"{counted(waiting, 'digest')} not delivered yet{again}")
    if what.next_fetch:
        words.append(f"arXiv is asked {_when(what.next_fetch, UTC, now)}")
    if standing := _standing(ledger, subscriptions, now):
        words.append(standing)
    return "; ".join(words) or "nothing to do"


def _standing(ledger: Known, subscriptions: Subscriptions, now: Moment) -> str:
    """Returns how many keywords are not complete, or the date through which all of them are."""
    records = [ledger.open_keyword(keyword.name) for keyword in subscriptions.keywords]
    known = counted(len(records), "keyword")
    if lacking := sum(bool(record.reason) for record in records):
        return f"{lacking} of {known} not complete"
    through = [record.complete_through for record in records if record.complete_through]
    if len(through) < len(records):
        return f"{len(records) - len(through)} of {known} not read from arXiv yet"
    return f"{known} complete through {_when(min(through), UTC, now)}" if through else ""


def _when(at: Moment | None, zone: tzinfo, now: Moment) -> str:
    """Returns the day of the week and the time, with the date where it is not near."""
    assert at
    day = "%a" if abs(at - now) < _NEAR else "%a %Y-%m-%d"
    return f"{at.astimezone(zone):{day} %H:%M %Z}"


def _waiting(ledger: Known, subscriptions: Subscriptions) -> int:
    """Returns the number of digests that the mail server has not accepted yet."""
    known = (ledger.reader(one.address_key) for one in subscriptions.subscribers)
    return sum(record is not None and bool(record.pending) for record in known)

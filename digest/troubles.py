"""What has been wrong for so long that whoever runs this should know."""

from datetime import timedelta

from digest.announcements import Calendar
from digest.config import Subscriptions
from digest.ledger import Ledger
from digest.records import KeywordRecord
from digest.times import Moment
from digest.wording import counted

A_DAY = timedelta(days=1)
"""A digest that waits so long is told of, and so often at most the operator is told."""

_ANNOUNCEMENTS = 2
"""A keyword that is behind by so many is told of."""
_FAILURES = 3
"""One that was never complete is told of after so many."""


def troubles(ledger: Ledger, subscriptions: Subscriptions, now: Moment) -> list[str]:
    """A line for each thing that has been wrong for long, in the order of the configuration."""
    lines = []
    known = ((keyword.name, ledger.keyword(keyword.name)) for keyword in subscriptions.keywords)
    records = {name: record for name, record in known if record is not None}
    still = {name: record for name, record in records.items() if record.still}
    if still:
        reason = max(still.values(), key=lambda record: record.last_fetch or now).reason
        lines.append(f"{reason}; {counted(len(still), 'keyword')} may lack papers since")
    for name, record in records.items():
        if name in still:
            continue
        if behind := _behind(record, subscriptions.calendar, now):
            lines.append(f"{name}: {behind} ({record.reason})")
    for subscriber in subscriptions.subscribers:
        reader = ledger.subscriber(subscriber.address_key)
        if reader is None:
            continue
        words = (
            f"{reader.trouble.code or 'no reply'} {reader.trouble.reply}" if reader.trouble else ""
        )
        if reader.paused:
            lines.append(
                f"{subscriber.email}: paused, refused for good {reader.refusals} times in a row "
                f"({words}); `digest send --to {subscriber.email}` tries again"
            )
        elif reader.pending and now - reader.pending.at >= A_DAY:
            since = f"{reader.pending.at:%Y-%m-%d %H:%M} UTC"
            lines.append(f"{subscriber.email}: a digest waits since {since} ({words})")
    return lines


def notices(ledger: Ledger, subscriptions: Subscriptions) -> list[str]:
    """A line for each thing that is worth telling once, in the order of the configuration."""
    lines = []
    for keyword in subscriptions.keywords:
        record = ledger.keyword(keyword.name)
        if record is None or record.reason or record.complete_through is None:
            continue
        if record.empty:
            lines.append(
                f"{keyword.name}: arXiv has no paper at all for it; if there should be some, look "
                "at its spelling in subscribers.yaml"
            )
        lines += [
            f"{keyword.name}: arXiv's entry for {name} cannot be read, and is left out until it "
            "can; everything else is complete"
            for name in record.unreadable
        ]
    return [line for line in lines if line not in ledger.records.told_once]


def _behind(record: KeywordRecord, calendar: Calendar, now: Moment) -> str:
    """How far a keyword that fails is behind, "" where that is not for long."""
    if not record.reason:
        return ""
    if record.complete_through is None:
        never = record.failures >= _FAILURES
        return f"not complete so far, after {record.failures} tries" if never else ""
    missed = calendar.silent(record.complete_through, now)
    since = f"{record.complete_through:%Y-%m-%d %H:%M} UTC"
    return f"not complete since {since}" if missed >= _ANNOUNCEMENTS else ""

"""What has been wrong for so long that whoever runs this should know."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.subscriber import Subscriptions
from digest.store.known import Known
from digest.store.records import KeywordRecord
from digest.text import counted

A_DAY = timedelta(days=1)
"""A digest that waits so long is told of, and so often at most the operator is told."""

_ANNOUNCEMENTS = 2
"""A keyword that is behind by so many is told of."""
_NAMED = 4
"""So many readers or keywords of which the same is wrong are named, before they are counted."""
_FAILURES = 3
"""One that was never complete is told of after so many."""


def troubles(ledger: Known, subscriptions: Subscriptions, now: Moment) -> list[str]:
    """A line for each thing that has been wrong for long, in the order of the configuration."""
    mail = ledger.mail_trouble
    lines = [f"{mail.reason} (since {mail.since:%Y-%m-%d %H:%M} UTC)"] if mail else []
    known = ((keyword.name, ledger.keyword(keyword.name)) for keyword in subscriptions.keywords)
    records = {name: record for name, record in known if record is not None}
    still = {name: record for name, record in records.items() if record.still}
    if still:
        reason = max(still.values(), key=lambda record: record.last_fetch or now).reason
        lines.append(f"{reason}; {counted(len(still), 'keyword')} may lack papers since")
    wrong: list[tuple[str, str]] = []
    for name, record in records.items():
        if name in still:
            continue
        if behind := _behind(record, subscriptions.calendar, now):
            wrong.append((name, f"{behind} ({record.reason})"))
    for subscriber in subscriptions.subscribers:
        reader = ledger.reader(subscriber.address_key)
        if reader is None:
            continue
        words = (
            f"{reader.trouble.code or 'no reply'} {reader.trouble.reply}" if reader.trouble else ""
        )
        if reader.paused:
            wrong.append((subscriber.email, f"paused, {reader.why_paused(subscriber.email)}"))
        elif reader.trouble and reader.trouble.code >= 500 and not reader.refusals:
            continue  # it was not refused for its own sake, and the first line says for whose
        elif reader.pending and now - reader.pending[0].at >= A_DAY:
            since = f"{reader.pending[0].at:%Y-%m-%d %H:%M} UTC"
            wrong.append((subscriber.email, f"a digest waits since {since} ({words})"))
    return lines + _said_once(wrong)


def _said_once(wrong: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each thing that is wrong, with all of whom it is; many of them are counted."""
    whose: dict[str, list[str]] = {}
    for name, words in wrong:
        whose.setdefault(words, []).append(name)
    lines = []
    for words, names in whose.items():
        *first, last = names if len(names) <= _NAMED else [*names[:2], f"{len(names) - 2} others"]
        lines.append(f"{', '.join(first)} and {last}: {words}" if first else f"{last}: {words}")
    return lines


def notices(ledger: Known, subscriptions: Subscriptions) -> list[str]:
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
    return [line for line in lines if line not in ledger.told_once]


def paused(ledger: Known, subscriptions: Subscriptions) -> Iterator[tuple[str, str]]:
    """Yields the address of each reader who was refused too often, and what ends the pause."""
    for subscriber in subscriptions.subscribers:
        record = ledger.reader(subscriber.address_key)
        if record is not None and record.paused:
            yield subscriber.email, record.why_paused(subscriber.email)


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


def to_be_told(ledger: Known, lines: Sequence[str], now: Moment) -> bool:
    """Whether to tell the operator now: once a day at most, but of the mail server at once.

    What the mail server refuses that is no reader's fault is told once, and not again every day.
    """
    told, mail = ledger.operator_told, ledger.mail_trouble
    if mail and not mail.told:
        return True
    if mail and len(lines) == 1:
        return False
    return told is None or not timedelta() <= now - told < A_DAY

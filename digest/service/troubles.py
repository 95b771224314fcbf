"""Finds the troubles that have lasted so long that the operator should know about them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.model.subscriber import Subscriptions
from digest.selection.evaluated_here import Evaluable
from digest.store.known import Known
from digest.store.records import KeywordRecord
from digest.text import counted, shown

A_DAY = timedelta(days=1)
"""Time after which a waiting digest is reported, and the least time between two reports."""

_ANNOUNCEMENTS = 2
"""Missed announcements after which a keyword is reported."""
_NAMED = 4
"""Most readers or keywords with the same trouble that are named one by one."""
_FAILURES = 3
"""Failures after which a keyword that was never complete is reported."""


def troubles(ledger: Known, subscriptions: Subscriptions, now: Moment) -> list[str]:
    """Returns a line for each lasting trouble, in the order of the configuration."""
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
            continue  # the server or the sender is the cause, as the first line says
        elif reader.pending and now - reader.pending[0].at >= A_DAY:
            since = f"{reader.pending[0].at:%Y-%m-%d %H:%M} UTC"
            wrong.append((subscriber.email, f"a digest waits since {since} ({words})"))
    return lines + _said_once(wrong)


def _said_once(wrong: Iterable[tuple[str, str]]) -> list[str]:
    """Returns a line for each trouble with the names of all it affects; many are counted."""
    whose: dict[str, list[str]] = {}
    for name, words in wrong:
        whose.setdefault(words, []).append(name)
    lines = []
    for words, names in whose.items():
        *first, last = names if len(names) <= _NAMED else [*names[:2], f"{len(names) - 2} others"]
        lines.append(f"{', '.join(first)} and {last}: {words}" if first else f"{last}: {words}")
    return lines


def notices(ledger: Known, subscriptions: Subscriptions) -> list[str]:
    """Returns a line for each notice that is sent once, in the order of the configuration."""
    lines = []
    evaluable = Evaluable()
    for keyword in subscriptions.keywords:
        record = ledger.keyword(keyword.name)
        if record is None:
            continue
        if record.agreement and record.agreement.lost and not evaluable.why_not(record.query, None):
            lines.append(
                f"{keyword.name}: its evaluation here and arXiv's own search found different "
                "papers on several days; arXiv's API serves it until you have looked "
                f"(`digest try {shown(keyword.name)}`) and said so with `--trust`"
            )
        if record.reason or record.complete_through is None:
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
    """Yields the address of each reader paused after refusals, and the way to end the pause."""
    for subscriber in subscriptions.subscribers:
        record = ledger.reader(subscriber.address_key)
        if record is not None and record.paused:
            yield subscriber.email, record.why_paused(subscriber.email)


def _behind(record: KeywordRecord, calendar: Calendar, now: Moment) -> str:
    """Returns how long a keyword has been incomplete, "" where that is not long."""
    if not record.reason:
        return ""
    if record.complete_through is None:
        never = record.failures >= _FAILURES
        return f"not complete so far, after {record.failures} tries" if never else ""
    missed = calendar.silent(record.complete_through, now)
    since = f"{record.complete_through:%Y-%m-%d %H:%M} UTC"
    return f"not complete since {since}" if missed >= _ANNOUNCEMENTS else ""


def should_mail(ledger: Known, lines: Sequence[str], now: Moment) -> bool:
    """Returns whether to mail the operator now: at most once a day, at once for the mail server.

    A refusal by the mail server that concerns no reader is reported once, and not every day.
    """
    last, mail = ledger.operator_told, ledger.mail_trouble
    if mail and not mail.told:
        return True
    if mail and len(lines) == 1:
        return False
    return last is None or not timedelta() <= now - last < A_DAY

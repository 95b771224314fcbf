"""`digest status`: why did I get no mail?"""

import json
from datetime import datetime, tzinfo
from typing import Any

from digest.announcements import EASTERN, Calendar
from digest.commands.invocation import Invocation
from digest.completeness import cannot_be_read
from digest.config import Subscriber, Subscriptions
from digest.ledger import Ledger
from digest.records import History, KeywordRecord, SubscriberRecord, Trouble
from digest.selection import unseen
from digest.slots import pauses_until
from digest.state import reading
from digest.times import Moment
from digest.troubles import troubles
from digest.wording import counted

_Papers = dict[tuple[History, tuple[str, ...], bool], int]
"""How many papers wait for readers with one history, the same keywords and wishes."""


def run(invocation: Invocation) -> int:
    """Prints how things stand, without network; returns 0."""
    subscriptions = invocation.subscriptions()
    ledger = reading(invocation.settings.state)
    now = invocation.clock.now()
    papers: _Papers = {}
    data = {
        "keywords": [
            _keyword(name, ledger.keyword(name))
            for name in (keyword.name for keyword in subscriptions.keywords)
        ],
        "subscribers": [_reader(one, ledger, papers, now) for one in subscriptions.subscribers],
        "troubles": troubles(ledger, subscriptions, now),
        "announcements": _announcements(subscriptions.calendar, now),
    }
    if invocation.options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=datetime.isoformat))
    else:
        print("\n".join(_lines(data, subscriptions)))
    return 0


def _keyword(name: str, record: KeywordRecord | None) -> dict[str, Any]:
    return {
        "keyword": name,
        "complete_through": record.complete_through if record else None,
        "last_fetch": record.last_fetch if record else None,
        "outcome": _outcome(record),
    }


def _outcome(record: KeywordRecord | None) -> str:
    if record is None or not record.active:
        return "not asked for yet"
    if record.last_fetch is None:
        return "not asked for yet; a table was imported" if record.imported_at else "not asked yet"
    if record.reason:
        return f"not complete: {record.reason}"
    if record.complete_through != record.last_fetch:
        return "read from a saved page"
    if record.empty:
        return "complete; arXiv has no paper at all for it"
    return "; ".join(filter(None, ["complete", cannot_be_read(record.unreadable)]))


def _reader(subscriber: Subscriber, ledger: Ledger, papers: _Papers, now: Moment) -> dict[str, Any]:
    record = ledger.subscriber(subscriber.address_key) or SubscriberRecord()
    pending, trouble = record.pending, record.trouble
    return {
        "address": subscriber.email,
        "last_mail": record.mailed_at,
        "last_papers": record.mailed_papers,
        "message_id": record.mailed_id,
        "waiting": pending.papers if pending else 0,
        "waiting_since": pending.at if pending else None,
        "trouble": _trouble(trouble) if trouble else "",
        "trouble_at": trouble.at if trouble else None,
        "refused_in_a_row": record.refusals,
        "pause_until": pauses_until(subscriber.schedule, now),
        "not_composed": _not_composed(subscriber, record, ledger, papers),
    }


def _trouble(trouble: Trouble) -> str:
    """Whether trying again can help, and the server's words."""
    verdict = "refused for good" if trouble.code >= 500 else "not now"
    return f"{verdict}: {trouble.code or ''} {trouble.reply}".replace(":  ", ": ")


def _not_composed(
    subscriber: Subscriber, record: SubscriberRecord, ledger: Ledger, known: _Papers
) -> int:
    """How many papers wait in the store for this reader's next digest; `known` of those alike."""
    if record.pending or not set(subscriber.keywords) <= set(record.keywords):
        return 0
    alike = (record.history, subscriber.keywords, subscriber.updates)
    if alike not in known:
        selection = unseen(ledger, subscriber, subscriber.keywords)
        groups = (*selection.sections.values(), *selection.updates.values())
        known[alike] = len({row.paper.id for rows in groups for row in rows})
    return known[alike]


def _announcements(calendar: Calendar, now: Moment) -> dict[str, Any]:
    coming = calendar.next(now)
    return {
        "last": calendar.last(now),
        "next": coming,
        "today": calendar.silence(now.astimezone(EASTERN).date()),
        "holidays_known": calendar.knows(coming.year),
    }


def _lines(data: dict[str, Any], subscriptions: Subscriptions) -> list[str]:
    zone = subscriptions.timezone
    lines = ["Keywords"]
    for keyword in data["keywords"]:
        lines.append(f"  {keyword['keyword']}")
        lines.append(f"    complete through {_at(keyword['complete_through'], zone)}")
        lines.append(f"    last fetch {_at(keyword['last_fetch'], zone)}: {keyword['outcome']}")
    lines += ["", "Readers"]
    for reader in data["subscribers"]:
        lines += _reader_lines(reader, zone)
    if data["troubles"]:
        lines += ["", "Wrong for a while", *(f"  {line}" for line in data["troubles"])]
    calendar = data["announcements"]
    lines += ["", "arXiv's announcements"]
    lines.append(f"  last {_at(calendar['last'], zone)}, next {_at(calendar['next'], zone)}")
    if calendar["today"]:
        lines.append(f"  none today: {calendar['today']}")
    if not calendar["holidays_known"]:
        lines.append("  arXiv's holidays of this year are not known to this version")
    return lines


def _reader_lines(reader: dict[str, Any], zone: tzinfo) -> list[str]:
    last = _at(reader["last_mail"], zone)
    papers = f", {counted(reader['last_papers'], 'paper')}" if reader["last_mail"] else ""
    lines = [f"  {reader['address']}", f"    last mail {last}{papers}"]
    if reader["waiting_since"]:
        waiting = counted(reader["waiting"], "paper")
        lines.append(f"    waiting since {_at(reader['waiting_since'], zone)}: {waiting}")
    if reader["trouble"]:
        lines.append(f"    last try {_at(reader['trouble_at'], zone)}: {reader['trouble']}")
    if reader["pause_until"]:
        lines.append(
            f"    pauses until {_at(reader['pause_until'], zone)}, as subscribers.yaml says"
        )
    if reader["not_composed"]:
        lines.append(f"    {counted(reader['not_composed'], 'paper')} for the next digest")
    elif not reader["waiting_since"]:
        lines.append("    nothing is waiting")
    return lines


def _at(moment: Moment | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}" if moment else "never"

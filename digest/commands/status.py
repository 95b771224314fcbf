"""The command `digest status`: explains why a reader got no mail."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from digest.clock import Moment
from digest.commands.invocation import Invocation, chosen_readers
from digest.commands.status_lines import status_lines
from digest.config.settings import Settings
from digest.model.announcements import EASTERN, Calendar
from digest.model.subscriber import Subscriber, Subscriptions
from digest.selection.agreement import in_words
from digest.selection.evaluated_here import Evaluable, present_choice
from digest.selection.new_papers import unseen
from digest.service.holds import hold
from digest.service.slots import pauses_until
from digest.service.troubles import troubles
from digest.source.source import cannot_be_read
from digest.store.claims import History
from digest.store.json_file.freshness import doubts, files_of, last_recorded
from digest.store.known import Known
from digest.store.records import KeywordRecord, SubscriberRecord, Trouble

_Papers = dict[tuple[History, tuple[str, ...], bool], int]
"""The number of waiting papers, by history, keywords and the choice of updates."""


def run(invocation: Invocation) -> int:
    """Prints the status without using the network; returns 0."""
    every = invocation.subscriptions()
    subscriptions = _of(chosen_readers(invocation.options.to, every), every)
    ledger = invocation.store().reading()
    now = invocation.clock.now()
    papers: _Papers = {}
    data = {
        "state": _state(invocation.settings.state, ledger, subscriptions.calendar, now),
        "harvest": _harvest(ledger, invocation.settings, now),
        "keywords": [
            _keyword(name, ledger.keyword(name))
            for name in (keyword.name for keyword in subscriptions.keywords)
        ],
        "subscribers": [
            _reader(one, ledger, subscriptions, papers, now) for one in subscriptions.subscribers
        ],
        "troubles": troubles(ledger, subscriptions, now),
        "announcements": _announcements(subscriptions.calendar, now),
    }
    if invocation.options.json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=datetime.isoformat))
    else:
        print("\n".join(status_lines(data, subscriptions.timezone)))
    return 0


def _of(addresses: frozenset[str] | None, every: Subscriptions) -> Subscriptions:
    """The configuration reduced to these readers; all of it for None."""
    if addresses is None:
        return every
    readers = tuple(one for one in every.subscribers if one.address_key in addresses)
    read = {name for reader in readers for name in reader.keywords}
    keywords = tuple(keyword for keyword in every.keywords if keyword.name in read)
    return replace(every, keywords=keywords, subscribers=readers)


def _state(path: Path, ledger: Known, calendar: Calendar, now: Moment) -> dict[str, Any]:
    recorded = last_recorded(ledger)
    files = files_of(path)
    return {
        "path": str(path),
        "last_recorded": recorded,
        "last_written": files.written,
        "doubts": doubts(files, recorded, calendar, now),
    }


def _harvest(ledger: Known, settings: Settings, now: Moment) -> dict[str, Any]:
    """The way in which arXiv is asked, the last harvest, and the agreement with arXiv's search."""
    evaluable = Evaluable()
    active = [(name, record) for name, record in ledger.keywords() if record.active]
    reasons = {name: evaluable.why_not(one.query, one.agreement) for name, one in active}
    by_api = {name: why for name, why in reasons.items() if why}
    choice = present_choice(
        ledger,
        settings.source,
        now,
        here=len(active) - len(by_api),
        by_api=len(by_api),
        harvest_known=settings.oai_url is not None,
    )
    last, harvests = ledger.harvests.last, ledger.harvests
    facts = last.facts if last else None
    compared = [record.agreement for _, record in active if record.agreement]
    agreed, disagreed = sum(one.agreed for one in compared), sum(one.disagreed for one in compared)
    return {
        "chosen": choice.harvest,
        "why": choice.why,
        "complete_at": harvests.complete_at,
        "last": last.at if last else None,
        "outcome": (last.reason or "complete") if last else "",
        "records": facts.records if facts else 0,
        "requests": facts.requests if facts else 0,
        "notes": list(facts.notes) if facts else [],
        "agreed": agreed,
        "disagreed": disagreed,
        "agreement": in_words(agreed, disagreed),
        "by_api": by_api,
        "different": {
            name: {"only_arxiv": list(one.missed), "only_here": list(one.extra)}
            for name, record in active
            if (one := record.agreement) and one.strikes
        },
    }


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


def _reader(
    subscriber: Subscriber,
    ledger: Known,
    subscriptions: Subscriptions,
    papers: _Papers,
    now: Moment,
) -> dict[str, Any]:
    record = ledger.reader(subscriber.address_key) or SubscriberRecord()
    pending, trouble = record.pending, record.trouble
    coming = _not_composed(subscriber, record, ledger, papers)
    why = hold(ledger, subscriptions, subscriber, coming, now)
    return {
        "address": subscriber.email,
        "last_mail": record.mailed_at,
        "last_papers": record.mailed_papers,
        "message_id": record.mailed_id,
        "waiting": sum(message.papers for message in pending),
        "waiting_since": pending[0].at if pending else None,
        "trouble": _trouble(trouble) if trouble else "",
        "trouble_at": trouble.at if trouble else None,
        "refused_in_a_row": record.refusals,
        "pause_until": pauses_until(subscriber.schedule, now),
        "paused": why.paused,
        "not_composed": coming,
        "hold": {"kind": why.kind, "sentence": why.sentence, "until": why.until},
    }


def _trouble(trouble: Trouble) -> str:
    """The kind of a failure, temporary or permanent, and the server's words."""
    verdict = "refused" if trouble.code >= 500 else "not now"
    return f"{verdict}: {trouble.code or ''} {trouble.reply}".replace(":  ", ": ")


def _not_composed(
    subscriber: Subscriber, record: SubscriberRecord, ledger: Known, known: _Papers
) -> int:
    """The number of papers in the store for this reader's next digest; `known` caches results."""
    if record.pending or not set(subscriber.keywords) <= set(record.keywords):
        return 0
    key = (record.history, subscriber.keywords, subscriber.updates)
    if key not in known:
        selection = unseen(ledger, subscriber, subscriber.keywords)
        groups = (*selection.sections.values(), *selection.updates.values())
        known[key] = len({row.paper.id for rows in groups for row in rows})
    return known[key]


def _announcements(calendar: Calendar, now: Moment) -> dict[str, Any]:
    coming = calendar.next(now)
    return {
        "last": calendar.last(now),
        "next": coming,
        "today": calendar.silence(now.astimezone(EASTERN).date()),
        "holidays_known": calendar.knows(coming.year),
    }

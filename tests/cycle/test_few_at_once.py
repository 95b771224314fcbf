"""A cycle makes, records and sends a few digests at a time, and readers see nothing of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from builders import DAY, paper, subscribers
from installation import Lab, part

from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.files import load_settings
from digest.cycle.cycle import Wish
from digest.cycle.report import Report
from digest.store.json_file.store import JsonFile

T = TypeVar("T")


def cycle_of_few(lab: Lab, at_once: int = 3, **changes: str) -> Report:
    """Runs a cycle that makes so many digests at once, of which two are recorded together."""
    settings = load_settings(None, lab.environment | changes)
    invocation = Invocation(None, settings, lab.clock)  # type: ignore[arg-type]
    with JsonFile(lab.state).writing() as store, Parts(invocation) as parts:
        cycle = parts.cycle(invocation.subscriptions(), store)
        composer = replace(cycle.composer, at_once=2)
        return replace(cycle, composer=composer, at_once=at_once).run(Wish())


def subscribe(lab: Lab) -> None:
    """Seven readers of one keyword."""
    lab.subscribe(subscribers(*(f"reader{number}@example.org" for number in range(7))))


def test_few_at_once(lab: Lab) -> None:
    """However few digests are made before they are sent, each reader gets one, and all the same."""
    subscribe(lab)
    lab.publish(paper(1), paper(2))
    assert cycle_of_few(lab).exit_status == 0
    mails = lab.mails()
    assert len(mails) == 7
    assert {len(messages) for messages in mails.values()} == {1}
    assert len({part(messages[0], "html") for messages in mails.values()}) == 1


def test_few_at_once_and_no_server(lab: Lab) -> None:
    """Where the server is away every digest waits, and comes with the next run, unchanged."""
    subscribe(lab)
    lab.publish(paper(1))
    away = cycle_of_few(lab, DIGEST_SMTP_PORT="1")
    assert away.exit_status == 75
    assert {line.status for line in away.digests} == {"waiting"}
    identifiers_then = {line.address: line.message_id for line in away.digests}
    assert len(identifiers_then) == 7
    lab.clock.moment += DAY / 24
    assert cycle_of_few(lab).exit_status == 0
    mails = lab.mails()
    assert {to: m["Message-ID"] for to, (m,) in mails.items()} == identifiers_then


def test_one_bar_for_the_round(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many digests are made at once, one bar counts the readers of the whole round."""
    bars: list[tuple[str, int, list[object]]] = []

    def track(_: object, things: Iterable[T], label: str, total: int) -> Iterator[T]:
        bars.append((label, total, []))
        for thing in things:
            bars[-1][2].append(thing)
            yield thing

    monkeypatch.setattr(Invocation, "track", track)
    lab.subscribe(
        subscribers(
            *({"email": f"r{n}@example.org", "keywords": ["Time Series"]} for n in range(5)),
            {"email": "z@example.org", "keywords": ["Nothing"]},
            keywords={"Time Series": None, "Nothing": None},
        )
    )
    lab.publish(paper(1))
    assert cycle_of_few(lab, at_once=1).exit_status == 75  # of a keyword that has nothing
    assert len(lab.mail.received) == 5
    mail = [(total, len(steps)) for label, total, steps in bars if label == "mail"]
    assert mail == [(6, 6)]

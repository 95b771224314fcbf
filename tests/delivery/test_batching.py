"""Outcomes that come together are stored together, and no error of the store is lost."""

import asyncio
from collections.abc import Sequence

import pytest

from digest.delivery.batching import Batching
from digest.delivery.transaction import Envelope, Outcome


def outcome(number: int) -> Outcome:
    """An accepted message."""
    to = f"reader{number}@example.org"
    return Outcome(Envelope(to, f"<{number}@x>", "d@example.org", to, "e", tuple), 250, "ok")


def test_stored_with_the_last_one_under_way() -> None:
    """Of two messages under way the first outcome waits for the second: both are one write."""
    written: list[int] = []

    async def two() -> None:
        batching = Batching(lambda came: written.append(len(came)), lambda: None)
        batching.begin()
        batching.begin()
        first = batching.batch(outcome(1))
        assert written == []
        second = batching.batch(outcome(2))
        assert written == [2]
        await first
        await second
        batching.finish()

    asyncio.run(two())
    assert written == [2]


def test_not_for_long() -> None:
    """An outcome does not wait for a message that takes longer than a write."""
    written: list[int] = []

    async def one() -> None:
        batching = Batching(lambda came: written.append(len(came)), lambda: None)
        batching.begin()
        batching.begin()
        await asyncio.wait_for(batching.batch(outcome(1)), 20)
        assert written == [1]
        batching.drop()
        batching.finish()

    asyncio.run(one())


def test_an_error_that_nobody_waits_for() -> None:
    """The error of a write whose future was given up is raised at the end."""

    def fails(_: Sequence[Outcome]) -> None:
        raise OSError("no room")

    async def given_up() -> None:
        batching = Batching(fails, lambda: None)
        batching.begin()
        batching.begin()
        batching.batch(outcome(1)).cancel()
        batching.drop()
        batching.finish()

    with pytest.raises(OSError, match="no room"):
        asyncio.run(given_up())


def test_told_of_all_that_was_stored() -> None:
    """The log is told once more at the end, after the last outcomes were stored."""
    happened: list[str] = []

    async def one() -> None:
        batching = Batching(lambda _: happened.append("stored"), lambda: happened.append("told"))
        batching.begin()
        await batching.batch(outcome(1))
        batching.finish([outcome(2)])

    asyncio.run(one())
    assert happened == ["stored", "stored", "told"]

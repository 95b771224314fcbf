"""Recording a delivery: what it costs must not depend on how much is known."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measuring import directory
from benchmarks.row import Row, series
from benchmarks.world import NOW, World
from digest.store.events import AcceptedTogether, Composed, EditionKept
from digest.store.json_file.store import JsonFile, JsonWriter

_READERS = 500


def rows(*, small: bool) -> Iterator[Row]:
    """A delivery with a large store against one with a small store."""
    sizes = (10_000,) if small else (1_000_000,)
    for seen in sizes:
        yield _row(World(_READERS, seen=seen), times=1 if small else 7)


def _row(world: World, times: int) -> Row:
    empty = World(_READERS, keywords=world.keywords)
    with directory() as home:
        for name, one in (("full", world), ("empty", empty)):
            (home / name).mkdir()
            one.write(home / name)
        ours, theirs = [], []
        for _ in range(times):
            ours.append(milliseconds(home / "full", world))
            theirs.append(milliseconds(home / "empty", empty))
    ratio = median(ours) / median(theirs)
    return Row(
        work=f"recording a delivery with {world.seen:,} seen papers",
        ours=series(ours, "ms"),
        other="the same with an empty store",
        theirs=series(theirs, "ms"),
        ratio=ratio,
        goal="within 1.5 times",
        met=ratio <= 1.5,
    )


def milliseconds(home: Path, world: World) -> float:
    """The time to record one delivery, each synced on its own; the mean of many."""
    with JsonFile(home / "state.json").writing() as store:
        addresses = [one.address_key for one in world.subscriptions.subscribers]
        accepted = [_composed(store, address) for address in addresses]
        begin = time.perf_counter()
        for event in accepted:
            store.append(event)
        return (time.perf_counter() - begin) / len(accepted) * 1000


def _composed(store: JsonWriter, address: str) -> AcceptedTogether:
    """Has a digest wait for a reader; returns that it was accepted."""
    record = store.known.records.subscribers[address]
    covers = {keyword: record.claims[keyword][-1].had for keyword in record.keywords}
    identifier = f"<{address}>"
    composed = Composed(
        address,
        message_id=identifier,
        edition="e",
        recipient=address,
        head="",
        at=NOW,
        papers=1,
        covers=covers,
    )
    store.append(EditionKept("e", sender="papers@example.org", head="", body=""), composed)
    return AcceptedTogether(NOW, messages=((address, identifier, "2.0.0 Ok: queued as 4F2A81C0"),))

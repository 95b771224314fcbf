"""Composing: readers with the same history share what is rendered. Seconds of the processor."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from benchmarks.row import Row, series
from benchmarks.world import NOW, World
from digest.cycle.composing import Composer
from digest.mail.message import Sender
from digest.mail.rendering import Templates
from digest.model.subscriber import Subscriber
from digest.source.arxiv_api.query import ArxivLanguage
from digest.store.ledger import Ledger

_SAMPLE = 20
"""Readers for whom a digest of their own is rendered; rendering for all takes hours."""


def rows(*, small: bool) -> Iterator[Row]:
    """For all at once against for each, and what one more reader of a known edition costs."""
    if small:
        yield from _rows(World(1000, keywords=10, sets=5), times=1, sample=3)
        return
    yield from _rows(World(100_000), times=3, sample=_SAMPLE)


def _rows(world: World, times: int, sample: int) -> Iterator[Row]:
    readers = world.subscriptions.subscribers
    step = len(readers) // sample
    some = [readers[number * step + number] for number in range(sample - 1)]
    one_set = replace(world, sets=1)
    each, whole, sharing = [], [], []
    for _ in range(times):
        each.append(_seconds(world, [[one] for one in some]) / len(some) * len(readers))
        whole.append(_seconds(world, [readers]))
        alike = one_set.subscriptions.subscribers
        more = _seconds(one_set, [alike]) - _seconds(one_set, [alike[:1]])
        sharing.append(more / (len(alike) - 1) * 1000)
    size = f"{len(readers):,} subscribers with {len(world.choices)} sets of {world.keywords}"
    ratio = median(each) / median(whole)
    yield Row(
        work=f"composing for {size} keywords, {world.fresh} new papers a keyword",
        ours=series(whole, "s"),
        other=f"rendering for each subscriber ({len(some)} of them, scaled)",
        theirs=series(each, "s"),
        ratio=ratio,
        goal="50 times or better",
        met=ratio >= 50,
    )
    yield Row(
        work="composing for one subscriber more whose set another one shares",
        ours=series(sharing, "ms"),
        other="for the first one of a set",
        theirs=series([value / len(readers) * 1000 for value in each], "ms"),
        ratio=median(each) / len(readers) * 1000 / median(sharing),
        goal="under 0.1 ms",
        met=median(sharing) < 0.1,
    )


def composer(world: World) -> Composer:
    """Returns the composer of this world."""
    keywords = {keyword.name: keyword for keyword in world.subscriptions.keywords}
    return Composer(
        Templates(None), Sender("Papers <papers@example.org>"), keywords, ArxivLanguage()
    )


def compose(made: Composer, ledger: Ledger, readers: Sequence[Subscriber]) -> None:
    """Composes and records in memory what the readers have not had."""
    for _, events in made.compose(ledger, readers, None, NOW):
        for event in events:
            ledger.apply(event)


def _seconds(world: World, groups: Sequence[Sequence[Subscriber]]) -> float:
    """The seconds of the processor to compose for each group on its own."""
    ledger, made = world.ledger(), composer(world)
    begin = time.process_time()
    for group in groups:
        compose(made, ledger, group)
    return time.process_time() - begin

"""Whole cycles: `digest send` as a process, against a stand-in for arXiv and smtp-sink."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import median

from benchmarks.measuring import directory, process, settings, sink
from benchmarks.row import Row, series
from benchmarks.world import World
from digest.source.arxiv_api.query import arxiv_query
from digest.standin.corpus import Corpus, Holding
from digest.standin.server import StandIn

_IMPORTS = (
    "import digest.commands.send, digest.cycle.composing, digest.delivery.connection, "
    "digest.__main__"
)


def rows(*, small: bool) -> Iterator[Row]:
    """A small cycle's time, and a large one's memory."""
    yield _small_cycle(times=1 if small else 7)
    yield _memory(World(100, keywords=5, sets=5, now=now()) if small else World(100_000, now=now()))


def _small_cycle(times: int) -> Row:
    ours, requests = [], set()
    for _ in range(times):
        passed, _, asked = cycle(World(10, keywords=9, sets=10, now=now()))
        ours.append(passed)
        requests.add(asked)
    with directory() as home:
        theirs = [process(["-c", _IMPORTS], home)[0] for _ in range(times)]
    return Row(
        work="a cycle of 9 keywords and 10 subscribers, start to end of the process "
        f"({'/'.join(map(str, sorted(requests)))} requests to arXiv)",
        ours=series(ours, "s"),
        other="the imports alone",
        theirs=series(theirs, "s"),
        ratio=median(ours) / median(theirs),
        goal="at most 1.5 s; one request a keyword",
        met=median(ours) <= 1.5 and requests == {9},
    )


def _memory(world: World) -> Row:
    ours, theirs = most(world)
    return Row(
        work=f"memory of a whole cycle for {world.subscribers:,} subscribers ({len(world.choices)} "
        f"sets of {world.keywords} keywords, {world.fresh} new papers a keyword)",
        ours=series([ours], "MB"),
        other="an interpreter with the imports",
        theirs=series([theirs], "MB"),
        ratio=ours - theirs,
        goal="at most 150 MB more",
        met=ours - theirs <= 150,
    )


def most(world: World) -> tuple[float, float]:
    """The most megabytes of a cycle at once, and those of an interpreter with its imports.

    Measured once for each size: a hundred thousand messages take their time.
    """
    return _most(world.subscribers, world.keywords, world.sets, world.fresh)


@cache
def _most(subscribers: int, keywords: int, sets: int, fresh: int) -> tuple[float, float]:
    with directory() as home:
        _, megabytes, _ = cycle(World(subscribers, keywords, sets, fresh, now=now()))
        return megabytes, process(["-c", _IMPORTS], home)[1]


def cycle(world: World) -> tuple[float, float, int]:
    """The seconds, most megabytes and requests to arXiv of a cycle that mails all that is fresh."""
    always = world.now - timedelta(days=300)
    queries = {keyword.name: arxiv_query(keyword) for keyword in world.subscriptions.keywords}
    corpus = Corpus()
    for name, papers in world.fresh_papers():
        corpus.add(*(Holding(one, always) for one in papers))
        newest = sorted(papers, key=lambda one: one.updated, reverse=True)
        corpus.pins[queries[name]] = [one.versioned_id for one in newest]
    with directory() as home, StandIn(corpus, now) as arxiv, sink() as port:
        world.write(home)
        passed, megabytes = process(["-m", "digest", "send"], home, settings(arxiv.url, port))
        return passed, megabytes, len(arxiv.requests)


def now() -> datetime:
    """The present, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)

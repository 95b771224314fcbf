"""Whole cycles: `digest send` as a process, against a stand-in for arXiv and smtp-sink."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.measuring import directory, process, settings, sink
from benchmarks.row import Row, series
from benchmarks.world import World
from digest.standin.corpus import Corpus, Holding
from digest.standin.server import StandIn

_IMPORTS = "import digest.commands.send, digest.composing, digest.delivery, digest.__main__"


def rows(*, small: bool) -> Iterator[Row]:
    """A small cycle's time, and a large one's memory."""
    yield _small_cycle(times=1 if small else 7)
    for subscribers in (1000,) if small else (1_000, 10_000, 100_000):
        yield _memory(subscribers)


def _small_cycle(times: int) -> Row:
    ours, requests = [], set()
    for _ in range(times):
        passed, _, asked = cycle(World(10, keywords=9, sets=10, now=_now()))
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


def _memory(subscribers: int) -> Row:
    world = World(subscribers, now=_now())
    _, ours, _ = cycle(world)
    with directory() as home:
        _, theirs = process(["-c", _IMPORTS], home)
    goal = "at most 150 MB more" if subscribers == 100_000 else "-"
    return Row(
        work=f"memory of a whole cycle for {subscribers:,} subscribers (300 sets of 1 to 5 of "
        f"{world.keywords} keywords)",
        ours=series([ours], "MB"),
        other="an interpreter with the imports",
        theirs=series([theirs], "MB"),
        ratio=ours - theirs,
        goal=goal,
        met=ours - theirs <= 150,
    )


def cycle(world: World) -> tuple[float, float, int]:
    """The seconds, most megabytes and requests to arXiv of a cycle that mails all that is fresh."""
    always = world.now - timedelta(days=300)
    papers = {one.versioned_id: one for _, many in world.fresh_papers() for one in many}
    corpus = Corpus(Holding(one, always) for one in papers.values())
    with directory() as home, StandIn(corpus, _now) as arxiv, sink() as port:
        world.write(home)
        passed, most = process(["-m", "digest", "send"], home, settings(arxiv.url, port))
        return passed, most, len(arxiv.requests)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)

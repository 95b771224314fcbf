"""How cost grows with subscribers and with keywords, each figure against ten times less."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.composing import compose, composer
from benchmarks.cycles import most, now
from benchmarks.delivering import rate
from benchmarks.measuring import directory
from benchmarks.recording import milliseconds
from benchmarks.row import Row, series
from benchmarks.world import World
from digest.config.files import load_subscriptions
from digest.cycle.reconciling import reconcile
from digest.service.due import due
from digest.source.arxiv_api.query import ArxivLanguage
from digest.store.json_file.store import JsonFile
from digest.store.recorder import Rehearsal

SUBSCRIBERS = (1_000, 10_000, 100_000)
KEYWORDS = (10, 100, 1_000)
_USUAL = World(10_000, seen=100_000)
"""The other size while one grows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is measured in worlds of several sizes."""

    name: str
    unit: str
    measure: Callable[[World], float]


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one figure, at so many `subscribers` or `keywords`, as `axis` says."""

    figure: str
    unit: str
    axis: str
    size: int
    value: float


POINTS: list[Point] = []
"""The figures measured, for the picture and for the conclusions."""


def rows(*, small: bool) -> Iterator[Row]:
    """Each figure at each size but the smallest, beside that at the size before."""
    figures = FIGURES[:-1] if small else FIGURES
    sizes = {"subscribers": (20, 200), "keywords": (2, 20)} if small else AXES
    for figure in figures:
        for axis, values in sizes.items():
            before: Point | None = None
            for size in values:
                world = _world(axis, size, small=small)
                point = Point(figure.name, figure.unit, axis, size, figure.measure(world))
                POINTS.append(point)
                if before:
                    yield _row(before, point)
                before = point


def _world(axis: str, size: int, *, small: bool) -> World:
    if small:
        subscribers, keywords = (size, 5) if axis == "subscribers" else (50, size)
        return World(subscribers, keywords=keywords, sets=3, fresh=2, now=now())
    subscribers, keywords = (size, 100) if axis == "subscribers" else (_USUAL.subscribers, size)
    return World(subscribers, keywords=keywords, seen=_USUAL.seen, now=now())


def _row(before: Point, after: Point) -> Row:
    ratio, work = after.value / before.value, after.size / before.size
    return Row(
        work=f"{after.figure}: {after.size:,} {after.axis}",
        ours=series([after.value], after.unit),
        other=f"{before.size:,} {before.axis}",
        theirs=series([before.value], before.unit),
        ratio=ratio,
        goal=f"no faster than its work: {work:.0f} times",
        met=ratio <= work * 1.3,
    )


def _reading(world: World) -> float:
    """Milliseconds to read the configuration and the store."""
    with directory() as home:
        world.write(home)
        file, copy = home / "subscribers.yaml", home / "state.json.subscribers"
        load_subscriptions(file, copy)
        begin = time.process_time()
        load_subscriptions(file, copy)
        JsonFile(home / "state.json").reading()
        return (time.process_time() - begin) * 1000


def _first_reading(world: World) -> float:
    """Milliseconds to read subscribers.yaml itself."""
    with directory() as home:
        (home / "subscribers.yaml").write_bytes(world.yaml)
        begin = time.process_time()
        load_subscriptions(home / "subscribers.yaml")
        return (time.process_time() - begin) * 1000


def _deciding(world: World) -> float:
    """Milliseconds for the daemon to see what has changed, and what is due."""
    ledger = world.ledger()
    begin = time.process_time()
    reconcile(Rehearsal(ledger), world.subscriptions, ArxivLanguage(), world.now)
    due(ledger, world.subscriptions, world.now)
    return (time.process_time() - begin) * 1000


def _composing(world: World) -> float:
    """Milliseconds to compose for everyone."""
    ledger, made = world.ledger(), composer(world)
    begin = time.process_time()
    compose(made, ledger, world.subscriptions.subscribers)
    return (time.process_time() - begin) * 1000


def _folding(world: World) -> float:
    """Milliseconds to let go of texts that nobody needs, as before each new snapshot."""
    ledger = world.ledger()
    begin = time.process_time()
    ledger.prune()
    return (time.process_time() - begin) * 1000


def _recording(world: World) -> float:
    """Milliseconds to record a delivery."""
    with directory() as home:
        world.write(home)
        return milliseconds(home, world)


def _memory(world: World) -> float:
    """Megabytes of a whole cycle above the imports."""
    ours, imports = most(world)
    return ours - imports


def _delivering(world: World) -> float:
    """Milliseconds to deliver a digest of 60 KB to everyone, over eight connections."""
    subscribers = len(world.subscriptions.subscribers)
    return subscribers / rate(subscribers) * 1000


FIGURES = (
    Figure("starting: configuration and store", "ms", _reading),
    Figure("the first reading of subscribers.yaml", "ms", _first_reading),
    Figure("a decision of the daemon", "ms", _deciding),
    Figure("composing, 300 sets of keywords", "ms", _composing),
    Figure("letting go of texts", "ms", _folding),
    Figure("recording a delivery", "ms", _recording),
    *([Figure("delivering 60 KB", "ms", _delivering)] if shutil.which("smtp-sink") else []),
    Figure("memory of a cycle above the imports", "MB", _memory),
)
AXES = {"subscribers": SUBSCRIBERS, "keywords": KEYWORDS}


def draw(file: Path) -> None:
    """Draws what was measured as an SVG."""
    import matplotlib as mpl  # noqa: PLC0415 (needed for the picture alone)
    from matplotlib.figure import Figure as Picture  # noqa: PLC0415 (the same)

    mpl.rcParams["svg.hashsalt"] = "digest"
    figure = Picture(figsize=(10, 5), layout="constrained")
    places = figure.subplots(1, 2, sharey=True)
    for place, axis in zip(places, AXES, strict=True):
        for one in FIGURES:
            points = [p for p in POINTS if p.figure == one.name and p.axis == axis]
            label = f"{one.name} ({one.unit})"
            place.plot([p.size for p in points], [p.value for p in points], "o-", label=label)
        place.set(xscale="log", yscale="log", xlabel=axis)
        place.grid(visible=True, alpha=0.3)
    handles, labels = places[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize=8)
    figure.savefig(file, format="svg", metadata={"Date": None})

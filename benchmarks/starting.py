"""Starting: the daemon with a large store, and the commands with a small one."""

from collections.abc import Iterator
from statistics import median

from benchmarks.measuring import directory, process, seconds_to_ready, settings
from benchmarks.row import Row, Series, series
from benchmarks.world import World

_NOWHERE = settings("http://127.0.0.1:9/api/query", 9)


def rows(*, small: bool) -> Iterator[Row]:
    """The daemon until it is ready, for the first time and later; `--help` and `status`."""
    if small:
        yield from _daemon(World(1000, keywords=10, seen=10_000), times=1)
        yield from _commands(times=1)
        return
    yield from _daemon(World(100_000, seen=1_000_000), times=7)
    yield from _commands(times=15)


def _daemon(world: World, times: int) -> Iterator[Row]:
    with directory() as home:
        world.write(home)
        first = seconds_to_ready(home, _NOWHERE)
        later = [seconds_to_ready(home, _NOWHERE) for _ in range(times)]
        imports = [process(["-c", "import digest.commands.run"], home)[0] for _ in range(times)]
    yield Row(
        work=f"starting the daemon with {world.seen:,} seen papers and {world.subscribers:,} "
        "subscribers, until it is ready",
        ours=series(later, "s"),
        other="the imports alone",
        theirs=series(imports, "s"),
        ratio=median(later) / median(imports),
        goal="under 1 s",
        met=median(later) < 1,
    )
    yield Row(
        work="the same for the first time after a change of subscribers.yaml",
        ours=series([first], "s"),
        other="later starts",
        theirs=series(later, "s"),
        ratio=first / median(later),
        goal="-",
        met=True,
    )


def _commands(times: int) -> Iterator[Row]:
    with directory() as home:
        World(10, keywords=9, sets=10, seen=900).write(home)
        nothing: list[float] = []
        found: dict[str, list[float]] = {"--help": [], "status": []}
        for _ in range(times):
            nothing.append(process(["-c", "pass"], home)[0])
            for command, values in found.items():
                values.append(process(["-m", "digest", command], home, _NOWHERE)[0])
    for command, values in found.items():
        more = (median(values) - median(nothing)) * 1000
        yield Row(
            work=f"`digest {command}`" + (" on a small store" if command == "status" else ""),
            ours=_in_ms(values),
            other="`python -c pass`",
            theirs=_in_ms(nothing),
            ratio=more,
            goal="at most 150 ms more",
            met=more <= 150,
        )


def _in_ms(values: list[float]) -> Series:
    return series([value * 1000 for value in values], "ms")

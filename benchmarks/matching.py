"""Matching: a day's papers against any number of keywords. Seconds of the processor.

python -m benchmarks.matching KEYWORDS PAPERS FILE

measures one size in a process of its own, and writes the figures to a file as JSON.
"""

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate, product
from pathlib import Path

from benchmarks.measuring import directory, process
from benchmarks.row import Row, series
from digest.model.keyword import Keyword
from digest.model.paper import Paper
from digest.model.record import Record
from digest.search.conditions import condition
from digest.search.documents import document
from digest.search.grammar import parse
from digest.search.matching import Matcher
from digest.search.words import COMMON
from digest.source.arxiv_api.query import arxiv_query

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
SIZES = (10, 1_000, 10_000, 100_000)
PAPERS = 6_000
"""Records of a day, replacements and edits with them."""

_WORDS = 30_000
"""Different words, as many as abstracts of arXiv have in some ten thousand papers."""

_SYLLABLES = ("ka", "ren", "to", "mis", "lu", "po", "dra", "ve", "sin", "ul")
_ENDINGS = ("", "s", "ing", "ed", "ation", "al", "x")
_CATEGORIES = ("cs.LG", "cs.CV", "cs.CL", "stat.ML", "math.NT", "math-ph", "hep-th", "astro-ph.GA")
_SAMPLE = 500
"""Queries, and papers, with which a figure is measured that is scaled."""


def rows(*, small: bool) -> Iterator[Row]:
    """Matching against each number of keywords, and all steps together against the largest.

    The papers are invented: words of a made-up language whose frequencies are Zipf's, with the
    common English words among them, 10 in a title and 180 in an abstract as at arXiv. Half of the
    keywords are phrases drawn from these papers, which is the bad case: an arbitrary piece of a
    text is found again more often than a subject, and it has common words inside. The other half
    are phrases that no paper has, of the same words.
    """
    papers, sizes = (60, (10, 100)) if small else (PAPERS, SIZES)
    for keywords in sizes:
        times = 1 if small or keywords == SIZES[-1] else 3
        yield from _rows(keywords, papers, times, last=keywords == sizes[-1])


def _rows(keywords: int, papers: int, times: int, *, last: bool) -> Iterator[Row]:
    with directory() as home:
        runs = [_run(home, keywords, papers) for _ in range(times)]
        imports = process(["-c", "import benchmarks.matching"], home)[1]
    size = f"{papers:,} papers against {keywords:,} keywords"

    def row(work: str, figure: str, other: str, theirs: str, most: float | None = None) -> Row:
        ours = series([run[figure] for run in runs], "s")
        against = series([run[theirs] for run in runs], "s")
        return Row(
            work=work,
            ours=ours,
            other=other,
            theirs=against,
            ratio=against.median / ours.median,
            goal="-" if most is None else f"at most {most:g} s",
            met=most is None or ours.median <= most,
        )

    half = 0.5 if keywords == 1_000 else None
    plain = "each condition on each paper (a part, scaled)"
    yield row(f"matching {size}", "match", plain, "plain", half)
    if last:
        parsing = "parsing each query by itself (a part, scaled)"
        yield row(f"compiling {keywords:,} keywords", "compile", parsing, "parse")
        alone = "the analysis of the papers alone"
        yield row(f"all three steps for {size}", "all", alone, "analysis", 15)
        megabytes = series([run["megabytes"] for run in runs], "MB")
        yield Row(
            work=f"memory for {size}",
            ours=megabytes,
            other="an interpreter with the imports",
            theirs=series([imports], "MB"),
            ratio=megabytes.median - imports,
            goal="at most 500 MB",
            met=megabytes.median <= 500,
        )


def _run(home: Path, keywords: int, papers: int) -> dict[str, float]:
    """Measures one size in a process of its own."""
    file = home / "figures"
    arguments = ["-m", "benchmarks.matching", str(keywords), str(papers), str(file)]
    process(arguments, home)
    figures: dict[str, float] = json.loads(file.read_bytes())
    return figures


@dataclass(frozen=True)
class Day:
    """A day's records, and keywords."""

    papers: int
    keywords: int

    @cached_property
    def words(self) -> tuple[list[str], list[float]]:
        """The words of the language, the frequent ones first, and their weights added up.

        A third of all words in a text are common ones.
        """
        made = ["".join(parts) for parts in product(*[_SYLLABLES] * 4, _ENDINGS)]
        names = [*sorted(COMMON), *random.Random(1).sample(made, _WORDS)]
        weights = [1 / (place + 10) for place in range(_WORDS)]
        common = sum(weights) / 2 / len(COMMON)
        return names, list(accumulate([common] * len(COMMON) + weights))

    @cached_property
    def records(self) -> list[Record]:
        """The records, each with a paper."""
        lots = random.Random(2)
        return [self._record(number, lots) for number in range(self.papers)]

    def _record(self, number: int, lots: random.Random) -> Record:
        categories = tuple(dict.fromkeys(lots.choices(_CATEGORIES, k=lots.randint(1, 3))))
        paper = Paper(
            id=f"2611.{number:05}",
            version=1,
            title=self._text(lots, 10),
            authors=("Ada Example", "Bo Example"),
            abstract=self._text(lots, 180),
            comment=f"{number % 40} pages",
            primary_category=categories[0],
            categories=categories,
            published=NOW,
            updated=NOW,
        )
        return Record(paper, NOW.date())

    def _text(self, lots: random.Random, length: int) -> str:
        names, weights = self.words
        return " ".join(lots.choices(names, cum_weights=weights, k=length))

    def queries(self) -> dict[str, str]:
        """Returns a query for each keyword: mostly a phrase in title or abstract."""
        lots = random.Random(3)
        return {f"keyword {number}": self._query(number, lots) for number in range(self.keywords)}

    def _query(self, number: int, lots: random.Random) -> str:
        length = lots.choice((2, 2, 2, 3, 3, 4))
        if number % 2:
            text = lots.choice(self.records).paper.abstract.split()
            ends = range(length - 1, len(text))
            kept = [n for n in ends if not {text[n], text[n - length + 1]} & COMMON]
            at = lots.choice(kept) - length + 1
            name = " ".join(text[at : at + length])
        else:
            name = " ".join(lots.choices(self.words[0], k=length)) + " unheard"
        options: dict[str, object] = {}
        match number % 20:
            case 3 | 4:
                options = {"categories": (lots.choice(_CATEGORIES), "math")}
            case 7:
                options = {"exclude": (lots.choice(self.words[0]),)}
            case 9 | 12:
                options = {"match": "all"}
            case 14:
                options = {"fields": ("title",)}
            case 18:
                options = {"query": f"cat:{lots.choice(_CATEGORIES)} AND ti:{name.split()[0]}"}
        return arxiv_query(Keyword(name, **options))  # type: ignore[arg-type]


class _Laps:
    """Seconds of the processor from one call to the next, by name."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._last = time.process_time()

    def __call__(self, name: str) -> None:
        now = time.process_time()
        self.taken[name] = now - self._last
        self._last = time.process_time()


def _measured(day: Day) -> dict[str, float]:
    """Returns the seconds of each step, and of what would otherwise be done."""
    queries, records = day.queries(), day.records
    lap = _Laps()
    matcher = Matcher(queries)
    lap("compile")
    documents = [document(record) for record in records]
    lap("analysis")
    found = matcher.matches(documents)
    lap("match")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    some = dict(list(queries.items())[:_SAMPLE])
    part = documents[:: max(1, len(documents) // _SAMPLE)]
    lap("")
    conditions = {name: condition(parse(query)) for name, query in some.items()}
    lap("parse")
    holding = {name: [d.id for d in part if one.holds(d)] for name, one in conditions.items()}
    lap("plain")
    some_ids = {one.id for one in part}
    for name, ids in holding.items():
        assert ids == [one for one in found.get(name, ()) if one in some_ids], queries[name]
    taken = lap.taken
    taken["all"] = taken["compile"] + taken["analysis"] + taken["match"]
    taken["parse"] *= len(queries) / len(some)
    taken["plain"] *= len(queries) / len(some) * len(documents) / len(part)
    return {**taken, "megabytes": megabytes, "hits": sum(map(len, found.values()))}


if __name__ == "__main__":
    size = Day(keywords=int(sys.argv[1]), papers=int(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(_measured(size)), "utf-8")

"""`digest try`: what a keyword would find, before anybody reads it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import DAY, START, TODAY, paper, record, subscribers
from installation import Lab

from digest.model.record import Record
from digest.source.recent_papers import RecentPapers
from digest.standin.server import Reply
from digest.store.json_file.store import JsonFile
from digest.store.readings import Audited

SUBSCRIBERS = subscribers(
    "ada@example.org",
    keywords={
        "Time Series": {"categories": ["cs"], "exclude": ["heat equation"]},
        "Noether": {"author": "Emmy Noether"},
        "Too long": {"exclude": [f"word{n}" for n in range(450)]},
    },
)


def keep(lab: Lab, *records: Record, begin: date = TODAY - 40 * DAY, **changes: object) -> None:
    """Keeps the papers of a complete harvest."""
    values: dict[str, object] = {
        "at": START,
        "complete": True,
        "through": START - timedelta(hours=6),
        "broken": None,
    }
    RecentPapers(lab.home / "papers.sqlite").keep(records, begin=begin, **(values | changes))  # type: ignore[arg-type]


def months(lab: Lab) -> None:
    """Keeps two papers for each day of two months, of which every third has a second version."""
    records = []
    for day in range(60):
        at = START - (day + 1) * DAY
        for n in range(2):
            number = 2 * day + n
            changes = {"version": 2} if number % 3 == 0 else {}
            title = f"Teapot {number:03}" if n else "Kettles"
            records.append(record(number, title, at.date(), updated=at, **changes))
    keep(lab, *records)


class TestFromThePapersKeptHere:
    """The answer without a request."""

    def test_figures_and_titles(self, lab: Lab) -> None:
        """It has the papers of thirty days, how many a week, and the newest titles."""
        months(lab)
        result = lab.run("try", "teapots")
        assert result.status == 0
        assert result.out.startswith(
            'teapots\n  asks for ti:"teapots" OR abs:"teapots"\n\n'
            "30 papers in the last 30 days, about 7 a week; 20 of them in the first version.\n"
            "  2026-11-15  2611.00001v1  Teapot 001\n"
            "  2026-11-14  2611.00003v2  Teapot 003\n"
        )
        assert "2611.00019" in result.out
        assert "2611.00021" not in result.out
        assert "\n  and 20 older papers\n" in result.out
        assert "Papers announced from 2026-10-11 to 2026-11-16 are known here.\n" in result.out
        assert "warn" not in result.out
        assert not lab.arxiv.requests
        assert not result.err

    def test_for_programs(self, lab: Lab) -> None:
        """`--json` has the same."""
        months(lab)
        data = lab.run("try", "teapots", "--json").data
        assert data["sample"][0] == {
            "id": "2611.00001v1",
            "date": "2026-11-15",
            "title": "Teapot 001",
        }
        assert len(data.pop("sample")) == 10
        assert data == {
            "keyword": "teapots",
            "place": "",
            "query": 'ti:"teapots" OR abs:"teapots"',
            "searched": "papers kept here",
            "days": 30,
            "papers": 30,
            "more": False,
            "a_week": 7.1,
            "first_versions": 20,
            "coverage": {"first": "2026-10-11", "through": "2026-11-16"},
            "warnings": [],
        }

    def test_only_news(self, lab: Lab) -> None:
        """An old paper that arXiv edited is no news, nor is one that it deleted."""
        old = START - 90 * DAY
        keep(
            lab,
            record(1, "Teapots", published=old, updated=old),
            replace(record(2, "Teapots"), deleted=True),
            record(3, "Teapots", version=2, published=old),
        )
        out = lab.run("try", "teapots").out
        assert "1 paper in the last 30 days, less than one a week; none in the first" in out
        assert "2611.00003v2" in out

    def test_nothing(self, lab: Lab) -> None:
        """An empty result is told in words."""
        months(lab)
        assert "No paper in the last 30 days.\n" in lab.run("try", "samovars").out

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            (("kettles pour", "--match", "all"), 1),
            (("kettles", "--in", "abstract"), 0),
            (("kettles", "--in", "title, abstract"), 0),
            (("kettles", "--categories", "math, cs.LG", "--categories", "stat"), 2),
            (("kettles", "--exclude", "pour", "--exclude", "samovar"), 1),
            (("--category", "math.NT"), 1),
            (("Kettles everywhere", "--category", "cs", "--exclude", "pour"), 1),
            (("--query", "ti:kettles ANDNOT ti:pour"), 1),
        ],
    )
    def test_the_keys_of_a_keyword(self, lab: Lab, options: tuple[str, ...], found: int) -> None:
        """Each key of subscribers.yaml is an option, and has the same meaning."""
        keep(
            lab,
            record(1, "How to pour from kettles", categories=("math.NT",)),
            record(2, "Kettles", categories=("cs.LG",)),
        )
        assert lab.run("try", *options, "--json").data["papers"] == found

    def test_a_configured_keyword(self, lab: Lab) -> None:
        """A name of subscribers.yaml is tried as it stands there, unless there are options."""
        lab.subscribe(SUBSCRIBERS)
        keep(lab, record(1), record(2, categories=("math.NT",)))
        result = lab.run("try", "time series")
        assert result.out.startswith(
            "Time Series\n  a keyword of subscribers.yaml, tried as it stands there\n"
        )
        assert "1 paper in" in result.out
        with_options = lab.run("try", "time series", "--in", "title").out
        assert "another keyword of this name is in subscribers.yaml" in with_options
        assert "2 papers in" in with_options

    def test_without_a_configuration(self, lab: Lab) -> None:
        """No subscribers.yaml is needed, and its mistakes are no hindrance."""
        keep(lab, record(1))
        lab.subscribe("keywords: [")
        result = lab.run("try", "time series")
        assert "1 paper in" in result.out
        assert "has mistakes, which `digest check` lists" in result.out
        (lab.home / "subscribers.yaml").unlink()
        result = lab.run("try", "time series")
        assert "1 paper in" in result.out
        assert "warn" not in result.out

    def test_what_check_remarks(self, lab: Lab) -> None:
        """A phrase of which arXiv's index keeps little is remarked on as `digest check` does."""
        keep(lab, record(1))
        out = lab.run("try", "C++").out
        assert "warn  the keyword 'C++': it finds every paper with 'c' standing alone" in out

    def test_a_few_days(self, lab: Lab) -> None:
        """Where papers of fewer days are known, the figures are of these."""
        keep(lab, *(record(n) for n in range(9)), begin=TODAY - 9 * DAY)
        out = lab.run("try", "time series").out
        assert "9 papers in the last 9 days, about 7 a week; all of them in the first" in out
        assert "warn  only 9 days of the last 30 are known here" in out

    def test_papers_of_last_week(self, lab: Lab) -> None:
        """Papers that nobody harvests any more are old, which is said."""
        keep(lab, record(1))
        lab.clock.moment += 7 * DAY
        out = lab.run("try", "time series").out
        assert "warn  arXiv announced papers 5 times since the last harvest here" in out
        assert "only" not in out

    @pytest.mark.parametrize("years", [-1, 1])
    def test_a_clock_that_is_a_year_off(self, lab: Lab, years: int) -> None:
        """A wrong clock ends in words, not in a figure of nothing."""
        keep(lab, record(1))
        lab.clock.moment += years * 366 * DAY
        out = lab.run("try", "time series", "--offline").out
        assert "warn  no papers of the last 30 days are known here yet" in out


class TestFromArxiv:
    """Where the papers that are kept here do not do."""

    def test_no_papers_yet(self, lab: Lab) -> None:
        """Without them arXiv is asked, once, and what it has is said to be arXiv's."""
        lab.publish(*(paper(n, "Teapots") for n in range(3)))
        result = lab.run("try", "teapots")
        assert result.status == 0
        assert "3 papers in the last 30 days in arXiv's listing, less than one" in result.out
        assert "warn  no papers of the last 30 days are known here yet" in result.out
        assert "; arXiv was asked" in result.out
        assert len(lab.arxiv.requests) == 1
        assert not RecentPapers(lab.home / "papers.sqlite").path.exists()

    def test_more_than_a_page(self, lab: Lab) -> None:
        """Where a page does not hold thirty days, the figure is a least one."""
        lab.publish(*(paper(n, "Teapots", updated=START - n * DAY / 50) for n in range(150)))
        data = lab.run("try", "teapots", "--json").data
        assert (data["papers"], data["more"], data["days"]) == (100, True, 2)
        assert "More than 100 papers in the last 2 days" in lab.run("try", "teapots").out
        assert data["a_week"] == pytest.approx(350, rel=0.02)
        assert len(lab.arxiv.requests) == 2

    def test_what_only_arxiv_can_find(self, lab: Lab) -> None:
        """An author is arXiv's to find, whatever is kept here."""
        lab.subscribe(SUBSCRIBERS)
        keep(lab, record(1))
        lab.publish(paper(1, authors=("Emmy Noether",)))
        result = lab.run("try", "Noether")
        assert "1 paper in the last 30 days in arXiv's listing" in result.out
        assert 'warn  this cannot be searched for here: `au:"Emmy Noether"` ' in result.out
        assert len(lab.arxiv.requests) == 1

    @pytest.mark.parametrize("phrase", ["Noether", "teapots"])
    def test_offline(self, lab: Lab, phrase: str) -> None:
        """With `--offline` nobody is asked, and it says what would help."""
        lab.subscribe(SUBSCRIBERS)
        result = lab.run("try", phrase, "--offline")
        assert result.status == 0
        assert "; leave out --offline to ask arXiv" in result.out
        assert "paper in" not in result.out
        assert lab.run("try", phrase, "--offline", "--json").data["papers"] is None
        assert not lab.arxiv.requests

    def test_arxiv_fails(self, lab: Lab) -> None:
        """A failure of arXiv's is told as one, and not as no paper."""
        lab.arxiv.intercept = lambda _: Reply(503, {}, b"")
        result = lab.run("try", "teapots")
        assert result.status == 75
        assert "try again later" in result.err
        assert len(lab.arxiv.requests) == 1

    def test_a_damaged_file(self, lab: Lab) -> None:
        """A cache that is garbage is told of once, and arXiv is asked."""
        lab.publish(paper(1, "Teapots"))
        (lab.home / "papers.sqlite").write_bytes(b"garbage" * 999)
        result = lab.run("try", "teapots")
        assert result.status == 0
        assert "1 paper in" in result.out
        assert result.err.count("papers-not-kept") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), 'there is nothing to try; write a phrase: digest try "heat equation"'),
        (("",), "there is nothing to try"),
        (("++",), "there is no letter and no digit in '++' to search for"),
        (("tea", "--in", "titel"), "--in: 'titel' is not allowed; write title or abstract"),
        (("tea", "--match", "some"), "--match: 'some' is not allowed; write phrase or all"),
        (("tea", "--categories", "cs.XX"), "--categories: 'cs.XX' is no arXiv category"),
        (("tea", "--exclude", "?!"), "there is no letter and no digit in '?!'"),
        (("tea", "--query", "ti:tea", "--in", "title"), "--query: it stands alone; leave in out"),
        (
            ("--query", "ti:(tea"),
            "--query: arXiv cannot read it, since a parenthesis is not closed",
        ),
        (("Too long",), "arXiv would refuse the query of 'Too long': the query is too deep"),
        (("tea", "--cats", "cs"), "`digest try` has no '--cats'"),
        (("--trust",), "--trust needs the name of a keyword"),
        (("Time Serie", "--trust"), "there is no keyword 'Time Serie' in subscribers.yaml; did"),
    ],
)
def test_mistakes(lab: Lab, arguments: tuple[str, ...], words: str) -> None:
    """A mistake reads as it does for subscribers.yaml, with the option's name."""
    lab.subscribe(SUBSCRIBERS)
    result = lab.run("try", *arguments)
    assert result.status == 64
    assert words in result.err
    assert not result.out
    assert not lab.arxiv.requests


class TestTrust:
    """`digest try NAME --trust`, after a person has looked at the differences from arXiv."""

    def test_nothing_to_forget(self, lab: Lab) -> None:
        """Where there is no difference, it says so."""
        result = lab.run("try", "time series", "--trust")
        assert result.status == 0
        assert result.out == "Time Series: there is no difference from arXiv's search to forget\n"

    @pytest.mark.parametrize("days", [1, 2])
    def test_the_differences_are_forgotten(self, lab: Lab, days: int) -> None:
        """The keyword is evaluated here again, and that is recorded."""
        lab.publish(paper(1))
        lab.run("send")
        store = JsonFile(lab.state)
        with store.writing() as writer:
            for day in range(days):
                at = lab.clock.moment + day * DAY
                writer.append(Audited("Time Series", at=at, agreed=9, there=("2611.00007v1",)))
        agreement = store.reading().open_keyword("Time Series").agreement
        assert agreement
        assert agreement.lost == (days == 2)
        out = lab.run("try", "Time Series", "--trust").out
        assert "the differences from arXiv's search are forgotten" in out
        assert ("it is searched for here again" in out) == (days == 2)
        agreement = store.reading().open_keyword("Time Series").agreement
        assert agreement
        assert not agreement.strikes

    def test_while_the_daemon_runs(self, lab: Lab) -> None:
        """Where another process writes the state, its process id is named."""
        with JsonFile(lab.state).writing():
            result = lab.run("try", "Time Series", "--trust")
        assert result.status == 75
        assert "is writing the state" in result.err

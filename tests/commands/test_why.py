"""`digest why`: why a paper came, or did not come."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from builders import ADA, BOB, DAY, HOUR, START, TODAY, paper, record, subscribers
from installation import Lab

from digest.commands.paper_address import identifier
from digest.errors import UsageError
from digest.model.record import Record
from digest.source.recent_papers import RecentPapers
from digest.store.events import Imported
from digest.store.json_file.store import JsonFile
from digest.store.readings import Harvested, HarvestFacts

ONE = paper(1).id


def keep(lab: Lab, *records: Record, begin: date = TODAY - 30 * DAY) -> None:
    """Keeps the papers of a complete harvest."""
    RecentPapers(lab.home / "papers.sqlite").keep(
        records,
        begin=begin,
        at=START,
        complete=True,
        through=START - timedelta(hours=6),
        broken=None,
    )


def sent(lab: Lab) -> None:
    """Both readers get a paper, the day after they began to read."""
    lab.run("send")
    lab.clock.moment += DAY
    lab.publish(paper(1, published=START, updated=START))
    lab.run("send")


class TestIdentifier:
    """The ways in which a person may name a paper."""

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("2611.00042", ("2611.00042", None)),
            ("2611.00042v3", ("2611.00042", 3)),
            ("2611.00042V3", ("2611.00042", 3)),
            (" arXiv:2611.00042v1 ", ("2611.00042", 1)),
            ("arxiv: 0704.0001", ("0704.0001", None)),
            ("arXiv:2611.00042v2 [cs.LG]", ("2611.00042", 2)),
            ("oai:arXiv.org:hep-th/9901001", ("hep-th/9901001", None)),
            ("hep-th/9901001v2", ("hep-th/9901001", 2)),
            ("math.GT/0309136", ("math.GT/0309136", None)),
            ("https://arxiv.org/abs/2611.00042", ("2611.00042", None)),
            ("http://www.arxiv.org/abs/2611.00042v1?context=cs", ("2611.00042", 1)),
            ("arxiv.org/pdf/2611.00042v2.pdf", ("2611.00042", 2)),
            ("https://arxiv.org/pdf/2611.00042#page=3", ("2611.00042", None)),
            ("https://arxiv.org/html/2611.00042v1/", ("2611.00042", 1)),
            ("https://export.arxiv.org/abs/math/0309136v1", ("math/0309136", 1)),
            ("https://doi.org/10.48550/arXiv.2611.00042", ("2611.00042", None)),
            ("<https://arxiv.org/abs/hep-th%2F9901001>", ("hep-th/9901001", None)),
            ("[2611.00042]", ("2611.00042", None)),
        ],
    )
    def test_taken(self, text: str, found: tuple[str, int | None]) -> None:
        """Identifiers old and new, with and without version, and the pages that have them."""
        assert identifier(text) == found

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "teapots",
            "2611",
            "2611.42",
            "26.11.00042",
            "https://arxiv.org/",
            "v2",
            "2611.00042v0",
        ],
    )
    def test_refused(self, text: str) -> None:
        """Any other text is answered with what to write."""
        with pytest.raises(UsageError, match=r"names no paper; write an identifier such as"):
            identifier(text)


class TestReaders:
    """The readers who had a paper, or wait for it."""

    def test_mailed(self, lab: Lab) -> None:
        """The readers who had it are named with its digest, without any request."""
        sent(lab)
        asked = len(lab.arxiv.requests)
        result = lab.run("why", ONE)
        assert result.status == 0
        assert len(lab.arxiv.requests) == asked
        assert result.out == (
            "2611.00001  Time series at noon\n"
            "  cs.LG\n"
            "  version 1 submitted 2026-11-16\n"
            "\nKeywords\n"
            "  Time Series\n"
            "    met version 1 Tue 2026-11-17 07:00 UTC\n"
            "  Trajectory\n"
            '    does not find it: the title has no "Trajectory"\n'
            '    and the abstract has no "Trajectory"\n'
            "\nReaders\n"
            "  ada@example.org, bob@example.net\n"
            "    had it in the first digest after Tue 2026-11-17 07:00 UTC; their last digest so "
            "far went out Tue 2026-11-17 07:00 UTC\n"
        )

    def test_one_reader(self, lab: Lab) -> None:
        """With an address no other reader is named, in any form of the answer."""
        sent(lab)
        for more in ((), ("--json",)):
            result = lab.run("why", ONE, BOB.upper(), *more)
            assert result.status == 0
            assert BOB in result.out
            assert ADA not in result.out
            assert "Trajectory" not in result.out

    def test_put_off(self, lab: Lab) -> None:
        """A digest that waits is named, with the reason."""
        lab.mail.data_reply = lambda _: "451 4.7.1 greylisted"
        sent(lab)
        out = lab.run("why", ONE, ADA).out
        assert "    in the digest composed Tue 2026-11-17 07:00 UTC: put off by" in out

    def test_next_digest(self, lab: Lab) -> None:
        """A paper that was found and is not composed yet comes with the next digest."""
        lab.run("send")
        lab.clock.moment += DAY
        lab.publish(paper(1, published=START, updated=START))
        lab.run("send", "--to", BOB)
        assert "    for their next digest: " in lab.run("why", ONE, ADA).out
        assert "    had it in" in lab.run("why", ONE, BOB).out

    def test_before_they_came(self, lab: Lab) -> None:
        """A paper of before a reader's first days is not theirs."""
        sent(lab)
        lab.clock.moment += 30 * DAY
        lab.subscribe(subscribers(ADA, BOB, "cyd@example.org", keywords={"Time Series": None}))
        lab.run("send")
        out = lab.run("why", ONE, "cyd@example.org").out
        assert "not mailed: Time Series met it Tue 2026-11-17 07:00 UTC, and they are" in out

    def test_before_the_keyword(self, lab: Lab) -> None:
        """A paper that was there before the keyword counts as seen."""
        lab.run("send")
        out = lab.run("why", "2611.90001", ADA).out
        assert (
            "version 1 counted as seen, since it was there before the keyword, whose papers are "
            "mailed from 2026-11-09 on" in out
        )
        assert "    not mailed: for Time Series it was counted as seen" in out

    def test_in_an_imported_table(self, lab: Lab) -> None:
        """A paper of an imported table was mailed before."""
        lab.run("send")
        with JsonFile(lab.state).writing() as store:
            store.append(Imported("Time Series", at=START, papers=(paper(1),)))
        out = lab.run("why", ONE, ADA).out
        assert "counted as seen, since it was in a table that `digest import` read" in out
        assert "    had it before this installation, as an imported table says" in out

    def test_a_new_version(self, lab: Lab) -> None:
        """Each version that a keyword met is told, and when readers had the first of them."""
        lab.subscribe(
            subscribers(ADA, {"email": BOB, "updates": "section"}, keywords={"Time Series": None})
        )
        sent(lab)
        lab.clock.moment += DAY
        lab.publish(paper(1, version=2, published=START, updated=START + DAY))
        lab.run("send")
        out = lab.run("why", ONE).out
        assert "    met version 1 Tue" in out
        assert "    met version 2 Wed 2026-11-18 07:00 UTC\n" in out
        assert "  ada@example.org\n    had it in the first digest after Tue" in out
        assert "  bob@example.net\n    had it in the first digest after Tue" in out

    def test_a_new_version_of_an_old_paper(self, lab: Lab) -> None:
        """The new version of a paper from before the keyword is no new paper."""
        lab.run("send")
        lab.clock.moment += DAY
        old = START - 60 * DAY
        lab.publish(
            paper(90001, "A time series", version=2, published=old, updated=lab.clock.moment)
        )
        lab.run("send")
        out = lab.run("why", "2611.90001", ADA).out
        assert "    not mailed: Time Series met version 2 of a paper that it knew" in out

    def test_somebody_who_left(self, lab: Lab) -> None:
        """A reader who is in the state alone is told of too."""
        sent(lab)
        lab.subscribe(subscribers(ADA, keywords={"Time Series": None}))
        lab.run("send")
        assert "  bob@example.net\n    had it in" in lab.run("why", ONE, BOB).out
        lab.subscribe(subscribers(BOB, keywords={"Time Series": None}))

    def test_a_reader_who_is_owed(self, lab: Lab) -> None:
        """A reader who left before the digest is owed it."""
        lab.run("send")
        lab.clock.moment += DAY
        lab.publish(paper(1, published=START, updated=START))
        lab.run("send", "--to", ADA)
        lab.subscribe(subscribers(ADA, keywords={"Time Series": None}))
        lab.clock.moment += HOUR
        lab.run("send")
        assert "    owed: they are not in subscribers.yaml" in lab.run("why", ONE, BOB).out

    def test_many_readers(self, lab: Lab) -> None:
        """Of many readers with one story a few are named."""
        everybody = [f"r{n:02}@example.org" for n in range(60)]
        lab.subscribe(subscribers(*everybody, keywords={"Time Series": None}))
        sent(lab)
        out = lab.run("why", ONE).out
        assert "r04@example.org and 55 others\n    had it in" in out
        assert len(lab.run("why", ONE, "--json").data["readers"]) == 60

    def test_nobody_yet(self, lab: Lab) -> None:
        """Before the first run there is nothing but the configuration."""
        keep(lab, record(1))
        out = lab.run("why", ONE, ADA).out
        assert "would find it as it is now, and has not met it: it was not read so far" in out
        assert "    their first digest comes with the next run\n" in out


class TestKeywords:
    """Why no keyword met a paper."""

    def test_each_part(self, lab: Lab) -> None:
        """The parts of each keyword that do not hold are named."""
        lab.subscribe(
            subscribers(
                ADA,
                keywords={
                    "Teapots": {"categories": ["cs", "stat.ML"], "exclude": ["noon"]},
                    "Time Series": {"in": "title", "exclude": ["noon", "tea"]},
                    "Noether": {"author": "Emmy Noether"},
                    "Too long": {"exclude": [f"word{n}" for n in range(450)]},
                    "All of it": {"match": "all"},
                },
            )
        )
        keep(lab, record(1, categories=("math.NT",)))
        out = lab.run("why", f"https://arxiv.org/abs/{ONE}v1", ADA).out
        assert out.startswith(
            "2611.00001  Time series at noon\n"
            "  math.NT\n"
            "  version 1 submitted 2026-11-15\n"
            "  announced, or changed at arXiv since, 2026-11-16\n"
            "\nKeywords\n"
            "  Teapots\n"
            '    does not find it: neither title nor abstract has "Teapots"\n'
            "    and it is in math.NT, not in cs or stat.ML\n"
            '    and it has "noon", which is excluded\n'
            "  Time Series\n"
            '    does not find it: it has "noon", which is excluded\n'
            "  Noether\n"
            '    has not met it; only arXiv can tell: `au:"Emmy Noether"`'
        )
        assert "has not met it; its query is one that arXiv refuses: the query is too deep" in out

    def test_not_read_since(self, lab: Lab) -> None:
        """A keyword that finds the paper and has not met it says how far it was read."""
        lab.run("send")
        keep(lab, record(1))
        out = lab.run("why", ONE, BOB).out
        assert (
            "    would find it as it is now, and has not met it: it is complete through Mon "
            "2026-11-16 07:00 UTC; the next reading brings it\n" in out
        )
        assert "not mailed: none of their keywords has met it" in out

    def test_all_versions(self, lab: Lab) -> None:
        """The dates of all versions are told where they are known; and what is not known."""
        one = record(1, version=2, published=START - 9 * DAY)
        keep(lab, replace(one, deleted=True))
        out = lab.run("why", f"{ONE}v3").out
        assert "  version 1 submitted 2026-11-07\n  version 2 submitted 2026-11-15\n" in out
        assert "  version 3 is not known here\n" in out
        assert "  arXiv has deleted the record\n" in out

    def test_a_keyword_of_another_configuration(self, lab: Lab) -> None:
        """A keyword that met it is named, though this configuration does not have it."""
        sent(lab)
        lab.subscribe(subscribers(ADA, keywords={"Teapots": None}))
        out = lab.run("why", ONE).out
        assert "  Time Series\n    met version 1" in out
        assert "Nobody in subscribers.yaml reads a keyword that met it." in out


class TestUnknown:
    """A paper that nothing is known of."""

    @pytest.mark.parametrize(
        ("paper_id", "words"),
        [
            (
                "2609.00007",
                "It was announced in September 2026, and has not changed at arXiv since.",
            ),
            ("hep-th/9901001", "It is older: such identifiers were given out until March 2007."),
            ("2611.00099", "The last identifier that was announced is 2611.00042, so this one may"),
            ("2611.00003", "Look at the number again: arXiv leaves some out."),
            ("2613.00003", "There is no such month, so look at the number again."),
        ],
    )
    def test_the_likely_reason(self, lab: Lab, paper_id: str, words: str) -> None:
        """The days that are known are told, and why it is probably in none of them."""
        with JsonFile(lab.state).writing() as store:
            facts = HarvestFacts(TODAY, through=START)
            store.append(
                Harvested(START, source="harvest", complete=True, facts=facts, newest="2611.00042")
            )
        keep(lab, record(1))
        result = lab.run("why", paper_id)
        assert result.status == 0
        assert "Nothing is known of it here: no keyword has met it." in result.out
        assert "from 2026-10-17 to 2026-11-16 are known; this is none of them." in result.out
        assert words in result.out

    def test_no_papers_kept(self, lab: Lab) -> None:
        """Before the first harvest the keywords' own papers are all that is known."""
        result = lab.run("why", ONE)
        assert result.status == 0
        assert "No other papers are known here before the first complete harvest." in result.out

    def test_an_incomplete_harvest(self, lab: Lab) -> None:
        """A last harvest that was not complete is told, with its reason."""
        with JsonFile(lab.state).writing() as store:
            store.append(
                Harvested(START, source="harvest", complete=False, reason="page 3 was cut")
            )
        assert "The last harvest was not complete: page 3 was cut.\n" in lab.run("why", ONE).out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "the following arguments are required: PAPER"),
        (("teapots",), "'teapots' names no paper; write an identifier such as 2611.00042"),
        ((ONE, "nobody@example.org"), "'nobody@example.org' is no subscriber"),
        ((ONE, "bbo@example.net"), "did you mean 'bob@example.net'?"),
        ((ONE, "nonsense"), "'nonsense' is no mail address"),
    ],
)
def test_mistakes(lab: Lab, arguments: tuple[str, ...], words: str) -> None:
    """A mistake on the command line ends with what to write."""
    result = lab.run("why", *arguments)
    assert result.status == 64
    assert words in result.err


def test_for_programs(lab: Lab) -> None:
    """`--json` has all of it, with moments in ISO 8601."""
    sent(lab)
    keep(lab, record(1, published=START, updated=START))
    data = lab.run("why", ONE, BOB, "--json").data
    (reader,) = data.pop("readers")
    assert (reader["address"], reader["kind"]) == (BOB, "mailed")
    assert data == {
        "paper": ONE,
        "version": None,
        "known": True,
        "title": "Time series at noon",
        "categories": ["cs.LG"],
        "latest": 1,
        "versions": ["2026-11-16T07:00:00+00:00"],
        "announced": "2026-11-16",
        "deleted": False,
        "keywords": [
            {
                "keyword": "Time Series",
                "configured": True,
                "met": [{"version": 1, "found": "2026-11-17T07:00:00+00:00", "seen": None}],
                "lacking": [],
                "unsure": "",
                "complete_through": "2026-11-17T07:00:00+00:00",
                "incomplete": "",
            }
        ],
        "coverage": {"first": "2026-10-17", "through": "2026-11-16"},
        "last_harvest_failed": "",
        "largest": "",
    }

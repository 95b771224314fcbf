"""The way of each keyword: nothing to do, the papers kept here, a harvest, or the API."""

from datetime import UTC, date, datetime, timedelta

import pytest
from builders import DAY, START, fetched, opened

from digest.model.announcements import Calendar
from digest.selection.harvest_plan import Plan, is_stale, needs, plan
from digest.source.recent_papers import Coverage
from digest.store.ledger import Ledger
from digest.store.readings import Harvested, HarvestFacts
from digest.store.records import FormerQuery, KeywordRecord

NOW = START + timedelta(hours=1)
"""A Monday morning; the papers of Sunday's announcement are to be had since 05:00 UTC."""
SUNDAY = datetime(2026, 11, 16, 1, tzinfo=UTC)


def facts(through: datetime, begin: date) -> HarvestFacts:
    """The facts of a complete harvest."""
    return HarvestFacts(begin=begin, through=through, records=100, requests=3)


def harvested(*keywords: str, at: datetime, through: datetime) -> Harvested:
    """A complete harvest of these keywords."""
    return Harvested(
        at=at,
        source="harvest",
        complete=True,
        keywords=keywords,
        facts=facts(through, at.date() - 2 * DAY),
        newest="2611.00100",
    )


def ledger(*names: str) -> Ledger:
    """A state in which these keywords are open and were never read."""
    known = Ledger()
    for name in names:
        known.apply(opened(name))
    return known


def planned(known: Ledger, *asked: str, kept: Coverage | None = None, at: datetime = NOW) -> Plan:
    """The plan for these keywords; all that are open can be evaluated here, but for `api`."""
    here = {name for name, _ in known.keywords() if not name.startswith("api")}
    return plan(known, asked, here, calendar=Calendar(), kept=kept, now=at)


def covered(first: date, through: datetime = SUNDAY) -> Coverage:
    """Papers that are kept here since a day."""
    return Coverage(first, through, through.date())


def test_a_few_new_keywords() -> None:
    """The API is asked for a few new keywords: it is cheaper than a harvest of a whole week."""
    assert planned(ledger("A", "B"), "A", "B") == Plan(api=("A", "B"))


def test_new_keywords_while_the_api_refuses() -> None:
    """A harvest serves even a few new keywords where the API would refuse them."""
    known = ledger("A", "B")
    names = {"A", "B"}
    way = plan(known, names, names, calendar=Calendar(), kept=None, now=NOW, most_by_api=0)
    assert (set(way.evaluated), way.api) == (names, ())


def test_many_new_keywords() -> None:
    """One harvest serves many new ones at once, and lets them meet a month, as a listing would."""
    names = [f"K{number}" for number in range(31)]
    way = planned(ledger(*names), *names)
    assert way == Plan(begin=date(2026, 10, 10), evaluated=tuple(names))


def test_what_is_complete_is_left_alone() -> None:
    """A keyword that is complete through the last announcement needs nothing."""
    known = ledger("A", "B")
    known.apply(fetched("A", at=NOW - timedelta(minutes=30)))
    known.apply(fetched("B", at=NOW - DAY))
    way = planned(known, "A", "B")
    assert way.current == ("A",)
    assert way.evaluated == ("A", "B")
    assert way.begin == date(2026, 11, 12)
    assert way.api == way.from_kept == ()


def test_a_harvest_evaluates_every_keyword() -> None:
    """A keyword that was not asked for is evaluated as well, since that costs no request."""
    known = ledger("A", "B", "api C")
    known.apply(harvested("A", "B", at=NOW - DAY, through=SUNDAY - 3 * DAY))
    way = planned(known, "A", "api C")
    assert way.evaluated == ("A", "B")
    assert way.api == ("api C",)


def test_the_window() -> None:
    """A harvest begins two days before the announcement of the last complete one."""
    known = ledger("A")
    known.apply(harvested("A", at=NOW - DAY, through=SUNDAY - 3 * DAY))
    way = planned(known, "A")
    assert way.begin == date(2026, 11, 11)
    assert way.long == ()


def test_a_machine_that_was_off() -> None:
    """After twenty days the window reaches back to the last complete harvest."""
    names = [f"K{number}" for number in range(31)]
    known = ledger(*names)
    known.apply(harvested(*names, at=NOW - 20 * DAY, through=SUNDAY - 20 * DAY))
    assert planned(known, *names).begin == date(2026, 10, 25)


def test_a_few_keywords_on_a_machine_that_was_off() -> None:
    """The API is asked for a few of them: a long harvest costs more."""
    known = ledger("A")
    known.apply(harvested("A", at=NOW - 20 * DAY, through=SUNDAY - 20 * DAY))
    assert planned(known, "A") == Plan(api=("A",))


def test_a_new_keyword_from_the_papers_kept_here() -> None:
    """It is evaluated without a request where the kept papers reach back far enough."""
    known = ledger("A", "B")
    known.apply(harvested("A", at=NOW - timedelta(minutes=5), through=SUNDAY))
    way = planned(known, "A", "B", kept=covered(date(2026, 10, 14)))
    assert way == Plan(current=("A",), from_kept=("B",))


def test_kept_papers_that_are_old() -> None:
    """Without the last announcement they prove nothing; they lengthen the harvest."""
    known = ledger("A", "B")
    known.apply(harvested("A", at=NOW - 3 * DAY, through=SUNDAY - 4 * DAY))
    way = planned(known, "A", "B", kept=covered(date(2026, 10, 14), SUNDAY - 4 * DAY))
    assert way.from_kept == ()
    assert way.begin == date(2026, 11, 10)
    assert way.evaluated == ("A", "B")
    assert way.long == ("B",)


def test_kept_papers_that_do_not_reach() -> None:
    """A new keyword that needs days before them goes to the API; the others are served."""
    known = ledger("A", "B")
    known.apply(harvested("A", at=NOW - 3 * DAY, through=SUNDAY - 4 * DAY))
    way = planned(known, "A", "B", kept=covered(date(2026, 11, 11), SUNDAY - 4 * DAY))
    assert way.api == ("B",)
    assert way.evaluated == ("A",)


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        (None, True),
        (NOW - timedelta(minutes=1), False),
        (NOW - timedelta(hours=4), True),
        (NOW + timedelta(minutes=1), True),
    ],
)
def test_stale(through: datetime | None, *, expected: bool) -> None:
    """A keyword is stale before the last announcement, and where a clock was ahead."""
    record = KeywordRecord("a", START - DAY, complete_through=through)
    assert is_stale(record, datetime(2026, 11, 16, 5, tzinfo=UTC), NOW) is expected


def test_a_former_query_is_read_as_well() -> None:
    """A keyword whose query was edited needs the days of its former query, and is stale."""
    former = FormerQuery("b", START - 90 * DAY, START - 10 * DAY, met=True)
    record = KeywordRecord("a", START - 7 * DAY, complete_through=NOW, former=(former,))
    assert is_stale(record, START - DAY, NOW)
    assert needs(record) == START - 12 * DAY

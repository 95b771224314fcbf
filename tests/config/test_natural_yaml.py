"""subscribers.yaml as people write it: what means only one thing is taken."""

import contextlib
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.daytimes import days_of, pause_of, time_of_day
from digest.config.subscribers import parse
from digest.config.zones import zone
from digest.errors import MistakesError
from digest.model.subscriber import Pause, Subscriber, Subscriptions
from digest.model.taxonomy import no_category

FILE = "keywords: {Graph Neural Networks: , Diffusion: , 'Songs, Dances': }\nsubscribers:\n"


def read(text: str) -> Subscriptions:
    """Parses `text`, which must be right."""
    return parse(text.encode(), "subscribers.yaml")


def one(*lines: str) -> Subscriber:
    """A reader of whom these lines are said besides the address."""
    said = "".join(f"    {line}\n" for line in lines)
    (reader,) = read(f"{FILE}  - email: ada@example.org\n{said}").subscribers
    return reader


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        *(("08:00", 8, 0), ("8:00", 8, 0), ("'8:00'", 8, 0), ("8.30", 8, 30), ("8h30", 8, 30)),
        *(("8am", 8, 0), ("8 am", 8, 0), ("8 AM", 8, 0), ("8:30 p.m.", 20, 30), ("8h", 8, 0)),
        *(("8", 8, 0), ("0830", 8, 30), ("18:30:00", 18, 30), ("12am", 0, 0), ("12 pm", 12, 0)),
        *(("noon", 12, 0), ("Midnight", 0, 0), ("0:05", 0, 5), ("20h", 20, 0)),
        # Numbers in base 60 to a reader of YAML 1.1: 750 and 450.
        *(("12:30", 12, 30), ("7:30", 7, 30)),
    ],
)
def test_times(written: str, hour: int, minute: int) -> None:
    """A time of day may be written in each way that means one time only."""
    assert one(f"at: {written}").schedule.at == time(hour, minute)


@pytest.mark.parametrize(
    "written",
    ["24:00", "13pm", "0am", "8:60", "8:3", "830", "750", "8:00:30", "8h30h", "-8", "8-9"],
)
def test_no_times(written: str) -> None:
    """A text that could be two times, or is none, is a mistake."""
    with pytest.raises(MistakesError, match="is no time of day"):
        one(f"at: '{written}'")


@pytest.mark.parametrize(
    ("written", "days"),
    [
        *(("Monday", "0"), ("monday", "0"), ("MON", "0"), ("[Monday, thu]", "03")),
        *(("mon, thu", "03"), ("Mon and Thu", "03"), ("mon thu", "03"), ("Mondays", "0")),
        *(
            ("Mon-Fri", "01234"),
            ("mon to wed", "012"),
            ("fri–mon", "4560"),
            ("[mon-tue, sat]", "015"),
        ),
        *(
            ("weekdays", "01234"),
            ("weekends", "56"),
            ("daily", "0123456"),
            ("every day", "0123456"),
        ),
        *(("every monday", "0"), ("[mon, Monday]", "0"), ("Tues/Thurs", "13")),
    ],
)
def test_days(written: str, days: str) -> None:
    """Days may be written out, in one text, as a range or as a group."""
    schedule = one(f"days: {written}").schedule
    assert schedule.days == frozenset(map(int, days))
    assert not schedule.monthly


@pytest.mark.parametrize(
    ("written", "days"),
    [
        *(("monthly", "01234"), ("[monthly, mon]", "0"), ("monthly Sat", "5")),
        *(("first Monday of the month", "0"), ("1st of the month", "01234")),
    ],
)
def test_monthly(written: str, days: str) -> None:
    """`monthly` is said of the days beside it, or else of those that hold anyway."""
    schedule = one(f"days: {written}").schedule
    assert (schedule.days, schedule.monthly) == (frozenset(map(int, days)), True)


def test_days_of_a_reader_replace_those_of_all() -> None:
    """A reader who names days is mailed on each, though the others are mailed once a month."""
    text = f"{FILE}  - a@example.org\n  - {{email: b@example.org, days: fri}}\n"
    monthly, weekly = read(f"{text}defaults: {{days: monthly}}\n").subscribers
    assert (monthly.schedule.monthly, weekly.schedule.monthly) == (True, False)
    assert weekly.schedule.days == {4}


@pytest.mark.parametrize(
    "section",
    [
        "[Diffusion, Graph Neural Networks]",
        "Diffusion, Graph Neural Networks",
        "\n  - Diffusion\n  - Graph Neural Networks",
        "\n- Diffusion:\n- Graph Neural Networks: {}",
        "\n  Diffusion:\n  Graph Neural Networks:",
    ],
)
def test_keywords_as_a_list(section: str) -> None:
    """The section `keywords` may be a list of names, or one text with commas."""
    listed = read(f"keywords: {section}\nsubscribers: ada@example.org\n")
    assert [keyword.name for keyword in listed.keywords] == ["Diffusion", "Graph Neural Networks"]


def test_a_list_with_keys() -> None:
    """In such a list a keyword can have keys."""
    text = "keywords:\n  - Diffusion: {categories: cs}\n  - NO\nsubscribers: ada@example.org\n"
    diffusion, no = read(text).keywords
    assert (diffusion.categories, no.name) == (("cs",), "NO")


def test_an_address_alone() -> None:
    """A subscriber can be an address alone, with the defaults."""
    (alone,) = read(f"{FILE}  - ada@example.org\n").subscribers
    assert alone == one()


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Diffusion", ["Diffusion"]),
        ("diffusion, graph neural networks", ["Graph Neural Networks", "Diffusion"]),
        ("Songs, Dances", ["Songs, Dances"]),
        ("[DIFFUSION]", ["Diffusion"]),
        ("['Songs, Dances', Diffusion]", ["Diffusion", "Songs, Dances"]),
    ],
)
def test_keywords_of_a_reader(written: str, names: list[str]) -> None:
    """They may be one text with commas, and in any case."""
    assert list(one(f"keywords: {written}").keywords) == names


def test_a_keyword_by_its_initials() -> None:
    """Initials are understood as a slip, and the whole name is proposed."""
    with pytest.raises(MistakesError, match="did you mean 'Graph Neural Networks'"):
        one("keywords: [GNN]")


@pytest.mark.parametrize("yes", ["yes", "true", "True", "on", "always"])
@pytest.mark.parametrize("no", ["no", "false", "off", "never"])
def test_switches(yes: str, no: str) -> None:
    """`updates` and `empty` may be yes or no."""
    reader = one(f"updates: {yes}", f"empty: {no}")
    assert (reader.updates, reader.empty) == (True, False)
    reader = one(f"updates: {no}", f"empty: {yes}")
    assert (reader.updates, reader.empty) == (False, True)


@pytest.mark.parametrize(
    ("written", "pause"),
    [
        ("2026-12-24 to 2027-01-06", Pause(date(2026, 12, 24), date(2027, 1, 6))),
        ("from 2026-12-24 until 2027-01-06", Pause(date(2026, 12, 24), date(2027, 1, 6))),
        ("2026-12-24 – 2027-01-06", Pause(date(2026, 12, 24), date(2027, 1, 6))),
        ("[2026-12-24, 2027-01-06]", Pause(date(2026, 12, 24), date(2027, 1, 6))),
        ("2026-12-24 to 2026-12-24", Pause(date(2026, 12, 24), date(2026, 12, 24))),
        ("until 2027-01-06", Pause(None, date(2027, 1, 6))),
    ],
)
def test_pause(written: str, pause: Pause) -> None:
    """A pause has two days, which both belong to it, or only the last."""
    assert one(f"pause: {written}").schedule.pause == pause


def test_a_pause_of_all() -> None:
    """A pause of everybody stands under `defaults`; a reader can do without."""
    text = f"{FILE}  - a@example.org\n  - {{email: b@example.org, pause: no}}\n"
    ada, bob = read(f"{text}defaults: {{pause: until 2027-01-06, most: 30}}\n").subscribers
    assert (ada.schedule.pause, bob.schedule.pause) == (Pause(None, date(2027, 1, 6)), None)
    assert (ada.most, bob.most, one().most, one("most: 40").most) == (30, 30, None, 40)


@pytest.mark.parametrize(
    ("key", "written", "expected"),
    [
        *(("first_days", "2 weeks", 14), ("first_days", "3 days", 3), ("first_days", "0", 0)),
        *(("patience", "2 hours", 7200), ("patience", "90 minutes", 5400)),
        *(("patience", "1 hour and 30 min", 5400), ("patience", "1.5", 5400)),
    ],
)
def test_lengths_of_time(key: str, written: str, expected: int) -> None:
    """Days, hours and minutes may be written out."""
    read_as = read(f"{FILE}  - ada@example.org\ndefaults: {{{key}: {written}}}\n")
    found = read_as.first_days if key == "first_days" else read_as.patience.total_seconds()
    assert found == expected


def test_holidays_as_one_text() -> None:
    """Days without an announcement may be one text with commas."""
    read_as = read(f"{FILE}  - a@example.org\ndefaults: {{holidays: '2027-01-01, 2027-01-18'}}\n")
    assert read_as.calendar.holidays == {date(2027, 1, 1), date(2027, 1, 18)}


@pytest.mark.parametrize(
    "name", ["NO", "on", "Off", "y", "12:30", "2026-01-06", "1e3", "0x1F", "~x"]
)
def test_text_stays_text(name: str) -> None:
    """A keyword that YAML 1.1 takes for a boolean, a number or a date is the text it looks like."""
    (keyword,) = read(f"keywords: [{name}]\nsubscribers: [ada@example.org]\n").keywords
    assert keyword.name == name


@pytest.mark.parametrize("written", ["title, abstract", "Title and Abstract", "[Title, abstract]"])
def test_in_both(written: str) -> None:
    """The fields may be one text, in any case."""
    text = f"keywords: {{A: {{in: {written if '[' in written else repr(written)}, match: All}}}}\n"
    (keyword,) = read(f"{text}subscribers: [ada@example.org]\n").keywords
    assert (keyword.in_both, keyword.match) == (True, "all")


@pytest.mark.parametrize(
    "section",
    [
        "\n  - a@example.org\n  - {email: b@example.org, days: mon}",
        "\n  a@example.org:\n  b@example.org: {days: mon}",
        "\n  - a@example.org:\n  - b@example.org:\n      days: mon",
        "[a@example.org, b@example.org: {days: mon}]",
    ],
)
def test_addresses_as_keys(section: str) -> None:
    """Subscribers may be listed by their addresses, with what is said of each under it."""
    ada, bob = read(f"keywords: [A]\nsubscribers: {section}\n").subscribers
    assert (ada.email, bob.email) == ("a@example.org", "b@example.org")
    assert (sorted(ada.schedule.days), sorted(bob.schedule.days)) == ([0, 1, 2, 3, 4], [0])


def test_one_subscriber_without_a_list() -> None:
    """A single subscriber needs no list."""
    for section in ("ada@example.org", "{email: ada@example.org}", "\n  email: ada@example.org"):
        (ada,) = read(f"keywords: A\nsubscribers: {section}\n").subscribers
        assert ada.email == "ada@example.org"


def wrong(text: str) -> str:
    """The mistakes in a file, which has some."""
    with pytest.raises(MistakesError) as caught:
        parse(text.encode(), "f")
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        *(("time", "at"), ("tz", "timezone"), ("Time-Zone", "timezone"), ("day", "days")),
        *(("mail", "email"), ("topics", "keywords"), ("max", "most"), ("vacation", "pause")),
        *(("Keywords", "keywords"), ("timezome", "timezone"), ("new_versions", "updates")),
    ],
)
def test_keys_by_meaning(key: str, meant: str) -> None:
    """A key that means another one is answered with that, as one that looks like it."""
    said = wrong(f"{FILE}  - email: ada@example.org\n    {key}: x\n")
    assert said == f"f:4: unknown key '{key}'; did you mean '{meant}'?"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Ada <ada@example.org>", "write the address alone, without < and >, and the name under"),
        ("a@example.org, b@example.org", "write one address here, and each further one as a sub"),
    ],
)
def test_an_address_and_more(written: str, words: str) -> None:
    """A name or a second address beside the first is answered with where to write it."""
    assert words in wrong(f"{FILE}  - {written}\n")


@given(st.text(max_size=30) | st.from_regex(r"[0-9a-zA-Z :.,-]{1,12}", fullmatch=True))
def test_any_text(text: str) -> None:
    """No text does more harm than that it is no time, no days, no pause, no zone, no category."""
    assert time_of_day(text) is None or isinstance(time_of_day(text), time)
    days = days_of(text)
    assert days is None or days.days <= frozenset(range(7))
    for read_it in (pause_of, zone):
        with contextlib.suppress(ValueError):
            assert read_it(text) is None or read_it(text)
    assert no_category(text).isprintable()

"""Time zones: which names are taken, and what is said of others, quickly."""

import time

import pytest

from digest.config.cities import ZONES
from digest.config.zones import zone
from digest.text import nearest


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "CET", "EET", "HST", "GMT", "Etc/GMT-2"])
def test_names_of_the_database(name: str) -> None:
    """A name of the IANA database that means what it seems to mean is taken."""
    assert zone(name).key == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PST", "write America/Los_Angeles"),
        ("pdt", "write America/Los_Angeles"),
        ("CEST", "write Europe/Berlin"),
        ("EST", "has no summer time in the IANA database; write America/New_York, or America/Pan"),
        ("MST", "has no summer time in the IANA database; write America/Denver, or America/Phoe"),
        ("IST", "write Asia/Kolkata, Asia/Jerusalem or Europe/Dublin"),
        ("UTC+2", "the zone of a city: Europe/Athens, Europe/Berlin (in summer) or Etc/GMT-2 (the"),
        ("GMT+1", "the zone of a city: Europe/Berlin, Europe/London (in summer) or Etc/GMT-1 (the"),
        ("UTC-5", "the zone of a city: America/New_York, America/Chicago (in summer) or Etc/GMT+5"),
        ("+05:30", "the zone of a city: Asia/Kolkata"),
        ("UTC+99", "write one such as Europe/Berlin"),
        ("Berlin", "did you mean 'Europe/Berlin'?"),
        ("America/New York", "did you mean 'America/New_York'?"),
        ("Asia/Osaka", "did you mean 'Asia/Tokyo'?"),
        ("Osaka", "did you mean 'Asia/Tokyo'?"),
        ("Kyoto", "did you mean 'Asia/Tokyo'?"),
        ("Asia/Beijing", "did you mean 'Asia/Shanghai'?"),
        ("beijing", "did you mean 'Asia/Shanghai'?"),
        ("Munich", "did you mean 'Europe/Berlin'?"),
        ("München", "did you mean 'Europe/Berlin'?"),
        ("San Francisco", "did you mean 'America/Los_Angeles'?"),
        ("America/San_Francisco", "did you mean 'America/Los_Angeles'?"),
        ("US/San Fransisco", "did you mean 'America/Los_Angeles'?"),
        ("Mumbai", "did you mean 'Asia/Kolkata'?"),
        ("Geneva", "did you mean 'Europe/Zurich'?"),
        ("America/Buenos Aires", "did you mean 'America/Buenos_Aires'?"),
        ("Asia/Akita", "is no time zone of the IANA database; write one such as Europe/Berlin"),
        ("Asia/Umeda", "is no time zone of the IANA database; write one such as Europe/Berlin"),
        ("Europe/Nowhere", "is no time zone of the IANA database; write one such as Europe"),
        ("Europe/Berln", "did you mean 'Europe/Berlin'?"),
    ],
)
def test_other_names(name: str, said: str) -> None:
    """An abbreviation or an offset is answered with the zone of a city to write."""
    with pytest.raises(ValueError, match="IANA database") as caught:
        zone(name)
    assert said in str(caught.value)


def test_every_proposal_is_a_zone() -> None:
    """Every zone that stands in a proposal exists."""
    names = ["EDT", "CDT", "MDT", "AKST", "NST", "BRT", "EEST", "WEST", "MSK", "JST", "CST", "AEST"]
    names += [f"UTC{sign}{hours}" for sign in "+-" for hours in range(15)]
    for name in names:
        with pytest.raises(ValueError, match="IANA") as caught:
            zone(name)
        hint = str(caught.value).partition("; ")[2]
        proposed = [word.strip(",") for word in hint.split() if "/" in word]
        assert proposed or hint.startswith("write one such as"), hint
        assert all(zone(one) for one in proposed)


def test_each_city_has_a_zone() -> None:
    """The zone of every city in the table exists, and its name has no accent."""
    for city, its_zone in ZONES.items():
        assert zone(its_zone).key == its_zone
        assert city.isascii()


def test_a_thousand_slips() -> None:
    """A thousand misspelt zones are answered within a few seconds, each by the right one."""
    began = time.process_time()
    for number in range(1000):
        with pytest.raises(ValueError, match="did you mean 'Europe/Berlin'"):
            zone(f"Europe/Be{number}rlin")
    assert time.process_time() - began < 4


def test_the_nearest_of_many() -> None:
    """The nearest is that which differs in the fewest letters, whatever the case."""
    known = [f"reader{number}@example.org" for number in range(2000)]
    assert nearest("READER1234@exampel.org", known) == "reader1234@example.org"
    assert nearest("", ["a", "b"]) is None
    assert nearest("xyz", ["abc"], cutoff=0) == "abc"

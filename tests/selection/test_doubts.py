"""Which doubts make a harvest incomplete, and for how long?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.selection.doubts import Doubt, note, weighed

MONDAY = datetime(2026, 11, 24, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LASTING = Doubt("few papers of Monday", name="few Monday")
ODD = Doubt("a record cannot be read", name="unreadable 1", at_once=True)

doubts = st.lists(
    st.builds(
        Doubt,
        st.sampled_from("abc"),
        blocks=st.booleans(),
        name=st.sampled_from(["", "x", "y"]),
        at_once=st.booleans(),
    )
)


def test_a_doubt_blocks() -> None:
    """A doubt makes a harvest incomplete, and a note does not."""
    result = weighed([Doubt("cut"), note("odd"), Doubt("cut")], {}, MONDAY)
    assert (result.reasons, result.notes) == (("cut",), ("odd",))


def test_a_doubt_that_stays() -> None:
    """A doubt that still stands after a further announcement is believed, and noted."""
    first = weighed([LASTING], {}, MONDAY)
    same_day = weighed([LASTING], first.standing, MONDAY)
    next_day = weighed([LASTING], same_day.standing, MONDAY + DAY)
    again = weighed([LASTING], next_day.standing, MONDAY + DAY)
    assert first.reasons == same_day.reasons == (LASTING.words,)
    assert (next_day.reasons, again.reasons) == ((), ())
    assert again.notes == (LASTING.words,)


def test_a_doubt_that_goes() -> None:
    """A doubt that does not stand any more is forgotten, and blocks if it comes back."""
    first = weighed([LASTING], {}, MONDAY)
    gone = weighed([], first.standing, MONDAY + DAY)
    assert weighed([LASTING], gone.standing, MONDAY + 2 * DAY).reasons == (LASTING.words,)


def test_at_once() -> None:
    """A record that cannot be read makes one harvest incomplete, and not the next one."""
    first = weighed([ODD], {}, MONDAY)
    assert first.reasons
    assert not weighed([ODD], first.standing, MONDAY).reasons


def test_without_a_name() -> None:
    """A doubt without a name blocks as often as it comes."""
    first = weighed([Doubt("cut")], {}, MONDAY)
    assert weighed([Doubt("cut")], first.standing, MONDAY + 9 * DAY).reasons == ("cut",)


@given(doubts)
def test_none_is_dropped(some: list[Doubt]) -> None:
    """The words of each doubt are a reason or a note; a new doubt that blocks is a reason."""
    result = weighed(some, {}, MONDAY)
    assert {*result.reasons, *result.notes} == {doubt.words for doubt in some}
    assert not {*result.reasons} & {*result.notes}
    assert {*result.reasons} == {doubt.words for doubt in some if doubt.blocks}
    assert set(result.standing) == {doubt.name for doubt in some} - {""}

"""Addresses: what is told at a glance agrees with every rule there is."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.addresses import address, checked

LABELS = st.sampled_from(
    ["example", "a", "xn--bcher-kva", "a-b", "a--b", "-a", "a-", "0", "9b", "Ab", "a_b", "b" * 63]
)
WORDS = "org com de local localhost test onion invalid arpa home.arpa c museum xn--p1ai 1 o1"
ENDINGS = st.sampled_from([*WORDS.split(), "example", "localdomain", "c" * 64, "b" * 64])
LOCAL = st.text("abzAZ09._+-!'@ \"\\", max_size=12) | st.sampled_from(["a" * 64, "a" * 65, "é"])
DOMAINS = st.tuples(st.lists(LABELS, max_size=5), ENDINGS).map(lambda d: ".".join([*d[0], d[1]]))


@settings(max_examples=2000, deadline=None)
@given(LOCAL, DOMAINS)
def test_at_a_glance(local: str, domain: str) -> None:
    """An address comes to the same either way, or to the same refusal."""
    text = f"{local}@{domain}"
    with contextlib.suppress(ValueError):
        right = checked(text)
        assert address(text) == right
        return
    with pytest.raises(ValueError, match=r".+"):
        address(text)


@pytest.mark.parametrize("length", range(250, 258))
def test_long_ones(length: int) -> None:
    """The longest address has 254 characters (RFC 5321 section 4.5.3.1.3), either way."""
    domain = ".".join(["a" * 60, "b" * 60, "c" * 60, "d" * (length - 183 - 10 - 5), "org"])
    text = f"{'x' * 10}@{domain}"
    assert len(text) == length
    test_one = [True, True]
    for place, read in enumerate((address, checked)):
        try:
            read(text)
        except ValueError:
            test_one[place] = False
    assert test_one[0] == test_one[1] == (length <= 254)

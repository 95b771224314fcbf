"""Anyone's words, as they can stand in a line."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from digest.text import clean

LIKELY = st.text(st.sampled_from("ab .é\u202e \t\r\n\0\x7f\u00a0\u2028\ud800"), max_size=12)


@given(LIKELY | st.text(max_size=40))
def test_on_one_line(text: str) -> None:
    """White space is one blank, none at either end; what acts on a terminal is gone."""
    line = clean(text)
    assert line == clean(line)
    assert not re.search(r"\s\s|^\s|\s$|[^\S ]", line)
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cs", "Cn"}
    kept = [c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Cn")]
    assert "".join(line.split()) == "".join("".join(kept).split())


def test_nothing() -> None:
    """A missing text is an empty line."""
    assert clean(None) == clean(" \n") == ""

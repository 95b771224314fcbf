"""Reads the texts and dates that arXiv's harvest and feeds have in common."""

from email.utils import parsedate_to_datetime

from digest.clock import Moment, utc
from digest.model.paper import split_identifier
from digest.search.tex import unicode_text
from digest.text import clean

_SCHEME = "oai:arxiv.org:"
_YEARS = range(1986, 2100)
"""The years that a date may have. Some papers of arXiv's first years were written before 1991."""


def text_of(text: str | None) -> str:
    """A text of arXiv's on one line, with TeX's accents and Greek letters as Unicode.

    TeX is turned before the lines are joined, as arXiv does it: a command takes away a space behind
    it, and no end of a line.
    """
    return clean(unicode_text(text or ""))


def bare_identifier(text: str | None) -> str:
    """The part of an OAI identifier that arXiv gave: of `oai:arXiv.org:2611.00042` the end.

    The result is "" where `text` is no identifier of arXiv's.
    """
    text = clean(text)
    bare = text[len(_SCHEME) :] if text.lower().startswith(_SCHEME) else ""
    return bare if split_identifier(bare) else ""


def read_moment(text: str) -> Moment | None:
    """A date and time as RFC 5322 section 3.3 writes them; None where `text` is none."""
    try:
        moment = utc(parsedate_to_datetime(text))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return moment if moment.year in _YEARS else None

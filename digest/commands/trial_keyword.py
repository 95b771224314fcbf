"""The keyword that `digest try` tries: one of subscribers.yaml, or one made of options.

    digest try "heat equation" --categories cs,stat.ML   as    heat equation: {categories: …}

The options are the keys of a keyword in subscribers.yaml, with the same rules and messages.
"""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass

from digest.config.keywords import KEYWORD_KEYS, read_keywords
from digest.config.mapping import Fields
from digest.config.yaml_tree import Findings, Items, Node, Pairs, Scalar
from digest.errors import UsageError
from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriptions
from digest.text import clean

_NAMED_BY = ("query", "author", "category")
"""The options that replace the phrase."""
_KEY = re.compile(rf"({'|'.join(KEYWORD_KEYS)}): ")


@dataclass(frozen=True, slots=True)
class Trial:
    """A keyword to be tried, and a sentence about its place in subscribers.yaml, "" for none."""

    keyword: Keyword
    place: str = ""


def trial(options: argparse.Namespace, known: Subscriptions | None) -> Trial:
    """The keyword that the options of `digest try` name or make.

    Args:
        options: `phrase`, and a value for each key of a keyword; None where it is not given.
        known: the configuration; None where there is none.

    Raises:
        UsageError: there is no such keyword, or none like that can be.
    """
    given = {key: vars(options)[key] for key in KEYWORD_KEYS if vars(options)[key]}
    name = clean(options.phrase or next((_text(given[k]) for k in _NAMED_BY if k in given), ""))
    if not name:
        raise UsageError('there is nothing to try; write a phrase: digest try "heat equation"')
    configured = _configured(name, known)
    if configured and not given:
        return Trial(configured, "a keyword of subscribers.yaml, tried as it stands there")
    place = "another keyword of this name is in subscribers.yaml" if configured else ""
    return Trial(_made(name, given), place)


def _configured(name: str, known: Subscriptions | None) -> Keyword | None:
    keywords = known.keywords if known else ()
    return next((one for one in keywords if one.name.casefold() == name.casefold()), None)


def _made(name: str, given: Mapping[str, str | list[str]]) -> Keyword:
    """The keyword of this name with these keys, as subscribers.yaml would have it."""
    findings = Findings("the command line")
    nodes = {key: _node(value) for key, value in given.items()}
    keyword = Pairs(1, nodes, dict.fromkeys(nodes, 1))
    keywords = Pairs(1, {name: keyword}, {name: 1})
    top = Fields(Pairs(1, {"keywords": keywords}, {"keywords": 1}), findings)
    made = read_keywords(top, findings).get(name)
    if findings.mistakes or made is None:
        found = dict.fromkeys(_KEY.sub(r"--\1: ", one.found, count=1) for one in findings.mistakes)
        raise UsageError("\n".join(found))
    return made


def _node(value: str | list[str]) -> Node:
    if isinstance(value, str):
        return Scalar(1, value)
    items = tuple(Scalar(1, text) for text in value)
    return items[0] if len(items) == 1 else Items(1, items)


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else value[0]

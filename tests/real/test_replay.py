"""86 recorded days, one after the other: every paper once, none missing."""

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import Lab
from replay import KEYWORDS, base, begin, check, days, mailed

from digest.query import arxiv_query
from digest.standin.feed import Asked, feed
from digest.standin.mailserver import BREAK_OFF, Received
from digest.standin.server import Reply, Request

pytestmark = pytest.mark.real

_NAMES = {arxiv_query(keyword): name for name, keyword in KEYWORDS.items()}


def test_each_paper_once(lab: Lab, real_data: Path) -> None:
    """Over all the days each reader is mailed each base identifier that a keyword found, once."""
    begin(lab, real_data)
    found: dict[str, set[str]] = defaultdict(set)
    count = 0
    for listing in days(lab, real_data):
        for name, listed in listing.items():
            found[name].update(map(base, listed))
        assert lab.run("send").status in (0, 75)
        count += 1
    assert count == 86
    assert 2000 < len(set().union(*found.values())) < 2300
    check(lab, found)
    assert set(mailed(lab)["all@example.org"]) == set().union(*found.values())


def _broken_arxiv(
    lab: Lab, chance: random.Random, served: dict[str, set[str]]
) -> Callable[[Request], Reply | None]:
    """Breaks every fifth answer; takes note of the papers in the others."""

    def answer(request: Request) -> Reply | None:
        query = request.params["search_query"]
        asked = Asked(query, "", 0, 100)
        listed = lab.arxiv.corpus.pins[query]
        replies = [
            Reply(503, {"retry-after": "0"}, b""),
            Reply(406, {}, b""),
            Reply(429, {}, b"Rate exceeded."),
            Reply(200, {}, b"<html>Back soon</html>"),
            Reply(200, {}, b"<?xml version='1.0'?><feed>"),
            Reply(200, {}, feed(asked, [], 0, request.at)),
        ]
        if chance.random() < 0.2:
            return chance.choice(replies)
        served[_NAMES[query]].update(map(base, listed))
        return None

    return answer


def test_each_paper_once_in_bad_weather(lab: Lab, real_data: Path) -> None:
    """With every fifth answer and every tenth message failing nothing is lost or repeated."""
    seed = 20240315
    chance = random.Random(seed)
    begin(lab, real_data)
    served: dict[str, set[str]] = defaultdict(set)
    lab.arxiv.intercept = _broken_arxiv(lab, chance, served)

    def reply(_: Received) -> str | None:
        outcomes = ["451 4.3.0 later", "554 5.0.0 no", BREAK_OFF]
        return chance.choice(outcomes) if chance.random() < 0.1 else None

    lab.mail.data_reply = reply
    for _ in days(lab, real_data):
        assert lab.run("send", DIGEST_SMTP_CONNECTIONS="1").status in (0, 69, 75)
    lab.arxiv.intercept = None
    lab.mail.data_reply = lambda _: None
    assert lab.run("send").status in (0, 75)

    messages = {(one.recipients, one.data): one for one in lab.mail.received}
    assert len(messages) < len(lab.mail.received), "no message was offered again"
    lab.mail.received[:] = list(messages.values())
    check(lab, served)

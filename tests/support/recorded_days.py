"""86 recorded days as an installation lives through them."""

import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from builders import TWO_KEYWORDS, subscribers
from installation import Lab, new_identifiers
from network_faults import READ_IN_PART, REPLAYED

from digest.model.keyword import Keyword
from digest.model.paper import Paper, split_identifier
from digest.source.arxiv_api.query import arxiv_query
from digest.standin.mailserver import BREAK_OFF, Received
from digest.standin.server import Raw, Reply, Request
from digest.text import clean

KEYWORDS = {
    "Time Series": Keyword("Time Series"),
    "Trajectory": Keyword("Trajectory", in_both=True),
    "Graph Neural Networks": Keyword("Graph Neural Networks"),
}
CONFIGURATION = subscribers(
    "all@example.org",
    {"email": "two@example.org", "keywords": ["Trajectory", "Graph Neural Networks"]},
    {"email": "one@example.org", "keywords": ["Time Series"], "updates": "section"},
    keywords=TWO_KEYWORDS | {"Graph Neural Networks": None},
    defaults={"first_days": 36500},
)
READ = {
    "all@example.org": set(KEYWORDS),
    "two@example.org": {"Trajectory", "Graph Neural Networks"},
    "one@example.org": {"Time Series"},
}


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yields what a file of JSON lines holds."""
    with gzip.open(file, "rt", encoding="utf-8") as text:
        yield from map(json.loads, text)


def recorded_paper(line: dict[str, Any]) -> Paper:
    """A paper of the record, which has the day of its version and no authors."""
    moment = datetime.fromisoformat(line["updated"]).replace(tzinfo=UTC)
    return Paper(
        id=line["id"],
        version=line["version"],
        title=clean(line["title"]),
        authors=("A. Author",),
        abstract=clean(line["abstract"]),
        comment=clean(line["comment"]),
        primary_category="cs.LG",
        categories=("cs.LG",),
        published=moment,
        updated=moment,
    )


def base(versioned_id: str) -> str:
    """The base identifier."""
    found = split_identifier(versioned_id)
    assert found
    return found[0]


def begin(lab: Lab, data: Path) -> None:
    """Sets the readers up, and has arXiv hold all recorded papers."""
    lab.subscribe(CONFIGURATION)
    papers = [recorded_paper(line) for line in lines(data / "replay" / "papers.jsonl.gz")]
    lab.publish(*papers, visible_from=datetime(2024, 1, 1, tzinfo=UTC))


def days(lab: Lab, data: Path) -> Iterator[dict[str, list[str]]]:
    """Yields what arXiv listed for each keyword, day after day, and has it list that."""
    for day in lines(data / "replay" / "days.jsonl.gz"):
        lab.clock.moment = datetime.fromisoformat(day["run_at"]).astimezone(UTC)
        listing = {name: day["listing"].get(name, []) for name in KEYWORDS}
        for name, keyword in KEYWORDS.items():
            lab.arxiv.corpus.pins[arxiv_query(keyword)] = listing[name]
        yield listing


def check(lab: Lab, found: dict[str, set[str]]) -> None:
    """Each reader was mailed each base identifier that one of their keywords found, once."""
    new = mailed(lab)
    for address, keywords in READ.items():
        wanted = set().union(*(found[keyword] for keyword in keywords))
        counts = Counter(new[address])
        assert wanted - set(counts) == set(), f"{address}: lost"
        assert {one for one, count in counts.items() if count > 1} == set(), f"{address}: repeated"


def mailed(lab: Lab) -> dict[str, list[str]]:
    """For each address the base identifiers mailed as new, once for each mail that had them."""
    found: dict[str, list[str]] = defaultdict(list)
    for address, messages in lab.mails().items():
        for message in messages:
            found[address].extend(new_identifiers(message))
    return found


@dataclass(slots=True)
class Weather:
    """The result of the days with faults: papers counted for each reader.

    `again` counts messages that came a second time, byte for byte.
    """

    bad_answers: int = 0
    bad_messages: int = 0
    expected: int = 0
    lost: int = 0
    repeated: int = 0
    again: int = 0


def in_bad_weather(lab: Lab, data: Path, seed: int, most: int = 86) -> Weather:
    """The recorded days, or the first of them, every fifth answer and every tenth message failing.

    Expected are the papers that arXiv gave in an answer that was whole, or was cut but Atom.
    """
    chance = random.Random(seed)
    weather = Weather()
    served: dict[str, set[str]] = defaultdict(set)
    names = {arxiv_query(keyword): name for name, keyword in KEYWORDS.items()}

    def answer(request: Request) -> Reply | Raw | None:
        found = served[names[request.params["search_query"]]]
        if chance.random() < 1 / 5:
            weather.bad_answers += 1
            name = chance.choice(sorted(REPLAYED))
            reply = REPLAYED[name](lab.arxiv, request, chance)
            if isinstance(reply, Reply) and reply.status == 200 and name in READ_IN_PART:
                assert isinstance(reply.body, bytes)
                found.update(re.findall(r"/abs/([\w./-]+?)v\d+</id>", reply.body.decode()))
            return reply
        found.update(map(base, lab.arxiv.corpus.pins[request.params["search_query"]]))
        return None

    def reply(_: Received) -> str | None:
        if chance.random() >= 1 / 10:
            return None
        weather.bad_messages += 1
        return chance.choice(
            ["421 4.3.2 no", "450 4.2.0 no", "451 4.3.0 no", "554 5.0.0 no", "OFF"]
        )

    begin(lab, data)
    lab.arxiv.intercept = answer
    lab.mail.data_reply = lambda received: {"OFF": BREAK_OFF}.get(r := reply(received) or "", r)
    for _ in islice(days(lab, data), most):
        assert lab.run("send", DIGEST_SMTP_CONNECTIONS="1").status in (0, 69, 75)
    lab.arxiv.intercept = None
    lab.mail.data_reply = lambda _: None
    assert lab.run("send").status in (0, 75)

    once = {(one.recipients, one.data): one for one in lab.mail.received}
    weather.again = len(lab.mail.received) - len(once)
    lab.mail.received[:] = list(once.values())
    for address, keywords in READ.items():
        wanted = set().union(*(served[keyword] for keyword in keywords))
        counts = Counter(mailed(lab)[address])
        weather.expected += len(wanted)
        weather.lost += len(wanted - set(counts))
        weather.repeated += sum(count - 1 for count in counts.values())
    return weather

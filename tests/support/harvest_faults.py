"""The faults of arXiv's harvest and feeds that have been seen, each to be made at will.

They have the form of those in `network_faults`. An `Answer` stands in the place of one answer; it
is None where the fault leaves that request alone. The other faults change what arXiv has, or when.
"""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from functools import cache
from itertools import count
from urllib.parse import parse_qs, unquote

from builders import DAY, HOUR, START, paper
from fault_trial import Fault, Trial
from network_faults import API, FEEDS, OAI, QUICK, Answer, always, in_place, silent, whole

from digest.model.announcements import EASTERN, Calendar
from digest.standin import feeds, oai_xml
from digest.standin.cache import Cache
from digest.standin.corpus import Holding
from digest.standin.register import Register
from digest.standin.server import Raw, Reply, Request, StandIn, reset_after

_RECORD = re.compile(rb"\s*<record>.*?</record>\s*", re.DOTALL)
_TOKEN = re.compile(rb"<resumptionToken[^/>]*>([^<]+)<")
_ITEM = re.compile(rb"\s*<item>.*?</item>", re.DOTALL)


def _is_list(request: Request) -> bool:
    return request.params.get("verb") == "ListRecords"


def _continued(request: Request) -> bool:
    return _is_list(request) and "resumptionToken" in request.params


def changed(change: Callable[[bytes, random.Random], bytes]) -> Answer:
    """A page of records, changed; the other answers are left alone, and one that stays the same."""

    def answer(standin: StandIn, request: Request, chance: random.Random) -> Reply | None:
        if not _is_list(request):
            return None
        body = whole(standin, request)
        other = change(body, chance)
        return None if other == body else Reply(200, {"content-type": "text/xml"}, other)

    return answer


def _drift(standin: StandIn, request: Request, chance: random.Random) -> Reply | None:
    """A record of the pages so far is edited before the next page, and moves to the end."""
    if not _continued(request):
        return None
    token = parse_qs(unquote(request.params["resumptionToken"]))
    given = [
        one
        for one in standin.corpus.harvested.by_stamp(request.at)
        if one.stamped.date().isoformat() >= token["from"][0]
    ][: int(token["skip"][0])]
    if not given:
        return None
    standin.corpus.edit(chance.choice(given).id, request.at)
    return standin.answer(request)


def _stale(standin: StandIn, request: Request, _: random.Random) -> Reply:
    """The answer is that of yesterday, with its responseDate."""
    return standin.answer(replace(request, at=request.at - DAY))


def _nothing_until_midnight(_: StandIn, request: Request, __: random.Random) -> Reply | None:
    """The error that somebody had before the announcement, from the cache."""
    if not request.params.get("verb", "").startswith("List") or _continued(request):
        return None
    made = datetime.combine(request.at.date(), time(0, 30), UTC)
    body = oai_xml.error("noRecordsMatch", "The list is empty", dict(request.params), made)
    return Reply(200, {"content-type": "text/xml", "x-cache": "HIT"}, body)


def _half(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(1, len(body) - 10)]


def _cut_and_closed(body: bytes, chance: random.Random) -> bytes:
    """The page ends after a whole record, as the last page of a list does."""
    ends = [match.end() for match in _RECORD.finditer(body)]
    if len(ends) < 2:
        return body
    token = chance.choice([b"", b"<resumptionToken/>"])
    return body[: chance.choice(ends[:-1])] + token + b"</ListRecords></OAI-PMH>"


def _back_to_the_first(body: bytes, _: random.Random) -> bytes:
    """The token leads to the beginning of its day, and so to itself."""
    return re.sub(rb"skip%3D\d+<", b"skip%3D0<", body)


def _in_a_record(change: Callable[[bytes], bytes]) -> Answer:
    """A page with one record that is odd, among those that are not."""

    def odd(body: bytes, chance: random.Random) -> bytes:
        records = list(_RECORD.finditer(body))
        if not records:
            return body
        one = chance.choice(records)
        return body[: one.start()] + change(one[0]) + body[one.end() :]

    return changed(odd)


def _gap(record: bytes) -> bytes:
    return record.replace(b'version="v1"', b'version="v3"')


def _no_day(record: bytes) -> bytes:
    return re.sub(rb"<date>[^<]*<", b"<date>Fri, 31 Nov 2026 24:61:00 GMT<", record)


def _no_id(record: bytes) -> bytes:
    return re.sub(rb"<id>[^<]*</id>|<identifier>[^<]*</identifier>", b"", record)


def _deleted(record: bytes) -> bytes:
    header = record[record.index(b"<header>") : record.index(b"</header>")]
    gone = header.replace(b"<header>", b'<header status="deleted">')
    return b"<record>" + gone + b"</header></record>"


def _bomb(body: bytes, _: random.Random) -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE OAI-PMH [<!ENTITY e0 "ha">{levels}]>'.encode()
    declaration, __, rest = body.partition(b"?>")
    return declaration + b"?>" + bomb + rest.replace(b"</title>", b"&e9;</title>")


def _bad_token(_: StandIn, request: Request, __: random.Random) -> Reply | None:
    if not _continued(request):
        return None
    body = oai_xml.error("badResumptionToken", "It has expired", {}, request.at)
    return Reply(200, {"content-type": "text/xml"}, body)


def _of(verb: str, answer: Answer) -> Answer:
    """An answer to the requests with one verb."""
    return lambda standin, request, chance: (
        answer(standin, request, chance) if request.params.get("verb") == verb else None
    )


def _reset(_: StandIn, __: Request, ___: random.Random) -> Raw:
    return Raw(reset_after())


def three_times(answer: Answer) -> Callable[[Trial], None]:
    """A fault that stands in place of the first three answers of each morning."""

    def strike(trial: Trial) -> None:
        times = count()
        in_place(lambda *those: answer(*those) if next(times) < 3 else None, *OAI)(trial)

    return strike


def in_small_pages(strike: Callable[[Trial], None], page: int = 2) -> Callable[[Trial], None]:
    """A fault for which a list has several pages."""

    def smaller(trial: Trial) -> None:
        repository = trial.lab.arxiv.repository
        trial.cleanup.callback(setattr, repository, "page", repository.page)
        repository.page = page
        strike(trial)

    return smaller


def _behind_a_cache(trial: Trial) -> None:
    """Pages come from a cache that keeps them for an hour, and errors until midnight."""
    trial.hits += 1
    arxiv = trial.lab.arxiv
    trial.cleanup.callback(setattr, arxiv, "cache", arxiv.cache)
    arxiv.cache = arxiv.cache or Cache()


def _missing_run(trial: Trial) -> None:
    """A run of 30 new ids is not in the harvest until tomorrow, with tomorrow's time stamp."""
    trial.hits += 1
    now = trial.lab.clock.moment
    run = [trial.publish("Time series that nobody lists").id for _ in range(30)]
    trial.lab.arxiv.corpus.harvested.withhold(now + 20 * HOUR, *run)
    trial.publish("Time series after the run")


def _restamped(trial: Trial) -> None:
    """All records are stamped anew, and there are ten times as many as on a usual day."""
    now = trial.lab.clock.moment
    if not trial.hits:
        for day in range(100, 500):
            trial.publish(
                "An old time series", wanted=False, dated=START - day * DAY, seen=START - 80 * DAY
            )
    trial.hits += 1
    corpus = trial.lab.arxiv.corpus
    for record in corpus.harvested.known(now):
        if record.stamped < now - HOUR:
            corpus.edit(record.id, now)


def _odd_category(trial: Trial) -> None:
    """A paper of a category that arXiv's own server does not know breaks its page: HTTP 500."""
    trial.hits += 1
    odd = trial.publish("Time series beyond all categories", categories=("cs.LG", "cs.XX"))
    clock, corpus = trial.lab.clock, trial.lab.arxiv.corpus
    trial.cleanup.callback(lambda: corpus.edit(odd.id, clock.moment, categories=odd.categories[:1]))


def _announced_late(hours: int) -> Callable[[Trial], None]:
    def strike(trial: Trial) -> None:
        """The papers of this morning come some hours later, to all services."""
        now = trial.lab.clock.moment
        trial.hits += trial.lab.arxiv.corpus.postpone(now - HOUR, now + hours * HOUR)

    return strike


@cache
def _replacements(at: datetime) -> bytes:
    """The 2,000 items of replaced papers that push the new ones out of a feed."""
    register = Register()
    for number in range(feeds.LIMIT):
        kettle = {"id": f"1907.{number:05}", "version": 2, "abstract": "Water boils."}
        register.put(Holding(paper(number, "Kettles", **kettle), at))
    midnight = datetime.combine(at.astimezone(EASTERN).date(), time(), EASTERN)
    entries = [feeds.Entry(one, "replace") for one in register.known(at)]
    return b"".join(_ITEM.findall(feeds.rss(["cs"], entries, midnight, at)))


def _full_feed(standin: StandIn, request: Request, _: random.Random) -> Reply | None:
    """A feed whose 2,000 entries are all replacements, where there would be new papers."""
    body = whole(standin, request)
    if b">new<" not in body:
        return None
    filled = _replacements(request.at.replace(hour=6, minute=0, second=0))
    return Reply(200, {}, _ITEM.sub(b"", body).replace(b"  </channel>", filled + b"  </channel>"))


def _yesterdays_feed(standin: StandIn, request: Request, _: random.Random) -> Reply:
    """The batch of the day before, with today's dates."""
    names, categories = feeds.wanted(unquote(request.path.removeprefix("/rss/")))
    midnight = datetime.combine(request.at.astimezone(EASTERN).date(), time(), EASTERN)
    before = feeds.announced(standin.corpus.fed, categories, request.at - DAY, Calendar())[
        : feeds.LIMIT
    ]
    return Reply(200, {}, feeds.rss(names, before, midnight, request.at))


def together(*strikes: Callable[[Trial], None]) -> Callable[[Trial], None]:
    """A fault of several services at once: each has its own answer."""

    def strike(trial: Trial) -> None:
        answers = []
        for one in strikes:
            one(trial)
            answers.append(trial.lab.arxiv.intercept)
        trial.lab.arxiv.intercept = lambda request: next(
            (reply for answer in answers if answer and (reply := answer(request))), None
        )

    return strike


_AWAY = in_place(_reset, *OAI)

_ALL = (
    Fault("OAI: edits between two pages", in_small_pages(in_place(_drift, *OAI)), "|"),
    Fault(
        "OAI: a page of yesterday from the cache", in_place(_of("ListRecords", _stale), *OAI), "|"
    ),
    Fault("OAI: all answers of yesterday from the cache", in_place(_stale, *OAI), "|"),
    Fault("OAI: a cache that keeps pages for an hour", _behind_a_cache, "|"),
    Fault(
        "OAI: noRecordsMatch until midnight",
        in_place(_nothing_until_midnight, *OAI),
        "no record matches|",
    ),
    Fault("OAI: half a page, status 200", in_place(changed(_half), *OAI), "broken or half|"),
    Fault(
        "OAI: a page cut after a record, and closed",
        in_small_pages(in_place(changed(_cut_and_closed), *OAI)),
        "|",
    ),
    Fault(
        "OAI: 503 with Retry-After: 0, three times",
        three_times(always(503, retry_after="0")),
        "HTTP status 503|",
    ),
    Fault(
        "OAI: 503 with Retry-After: 0",
        in_place(always(503, retry_after="0"), *OAI),
        "HTTP status 503|",
    ),
    Fault("OAI: a run of 30 ids missing until tomorrow", _missing_run, "|"),
    Fault("OAI: a bulk re-stamp", in_small_pages(_restamped, page=100), "|"),
    Fault("OAI: a record that breaks its page, status 500", _odd_category, "HTTP status 500|"),
    Fault("OAI: version numbers with a gap", in_place(_in_a_record(_gap), *OAI), "|"),
    Fault("OAI: a date that is none", in_place(_in_a_record(_no_day), *OAI), "|"),
    Fault("OAI: a record without id", in_place(_in_a_record(_no_id), *OAI), "|"),
    Fault("OAI: a record that is deleted", in_place(_in_a_record(_deleted), *OAI), "|"),
    Fault(
        "OAI: accepts and never answers",
        in_place(silent, *OAI),
        "did not answer within|",
        settings=QUICK,
    ),
    Fault(
        "OAI: an HTML page, status 200",
        in_place(always(200, b"<html>busy</html>"), *OAI),
        "a web page|",
    ),
    Fault("OAI: an entity bomb", in_place(changed(_bomb), *OAI), "a document type|"),
    Fault(
        "OAI: a token that leads back",
        in_small_pages(in_place(changed(_back_to_the_first), *OAI)),
        "does not lead on|",
    ),
    Fault(
        "OAI: a token refused", in_small_pages(in_place(_bad_token, *OAI)), "badResumptionToken|"
    ),
    Fault(
        "OAI: no second list",
        in_place(_of("ListIdentifiers", always(503, retry_after="0")), *OAI),
        "|",
    ),
    Fault(
        "OAI: a redirect to another host",
        in_place(always(302, location="http://elsewhere.example/"), *OAI),
        "leads to another host|",
    ),
    Fault("OAI: away, while the API is well", _AWAY, "cannot be reached|"),
    Fault("the API: 406, while OAI is well", in_place(always(406), *API), "|"),
    Fault("OAI, feeds and API: away", in_place(_reset, *OAI, *FEEDS, *API), "NOT COMPLETE"),
    Fault("an announcement hours late", _announced_late(5), "|"),
    Fault("an announcement that comes with the next one", _announced_late(24), "|"),
    Fault(
        "OAI away, feeds of 2,000 without new papers",
        together(_AWAY, in_place(_full_feed, *FEEDS)),
        "|",
    ),
    Fault(
        "OAI away, feeds of yesterday",
        together(_AWAY, in_place(_yesterdays_feed, *FEEDS)),
        "|",
    ),
    Fault("feeds away", in_place(_reset, *FEEDS), "|"),
)

HARVEST = tuple(replace(fault, by_harvest=True) for fault in _ALL)

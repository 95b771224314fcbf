"""Answers OAI-PMH requests as arXiv does: arguments, lists in pages, resumption tokens, errors.

The rules are those of arXiv's published code (arXiv/oaipmh). A token holds the request itself, with
`from` moved to the day reached and the number of records of that day that were given already. The
list is counted anew for each page: an edit between two pages moves its record to the end, and
the record after the edge of the page is in neither.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, quote, unquote, urlencode

from digest.clock import Moment
from digest.model.paper import split_identifier
from digest.standin import oai_xml
from digest.standin.register import Listed, Register

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_EARLIEST = date(2005, 9, 16)
_MIDNIGHT, _LAST_SECOND = time(tzinfo=UTC), time(23, 59, 59, tzinfo=UTC)
_LISTED = ("verb", "metadataPrefix", "from", "until", "set")
_OPEN, _CLOSED = timedelta(hours=1), timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and how long a cache may keep it; an announcement purges it where `purged`."""

    body: bytes
    kept: timedelta = timedelta()
    purged: bool = True


@dataclass(slots=True)
class Repository:
    """The records of `register`, in pages of `page` records, or of `long_page` headers."""

    register: Register
    page: int = 1300
    long_page: int = 20_000

    def answer(self, arguments: Sequence[tuple[str, str]], at: Moment) -> Answer:
        """Returns the answer to a request, which has HTTP status 200 also for an error.

        Args:
            arguments: name and value of each argument, in the order of the request.
            at: the time of the request.

        Raises:
            OddRecordError: a record of the page cannot be written; arXiv answers 500.
        """
        try:
            asked = dict(arguments)
            if len(asked) < len(arguments):
                raise _RefusedError("badArgument", "An argument is repeated")
            return self._answer(asked, at)
        except _RefusedError as refusal:
            midnight = datetime.combine(at.date() + timedelta(days=1), _MIDNIGHT)
            body = oai_xml.error(refusal.code, str(refusal), refusal.request, at)
            return Answer(body, midnight - at, purged=False)

    def _answer(self, asked: Mapping[str, str], at: Moment) -> Answer:
        match asked.get("verb", ""):
            case "ListRecords" | "ListIdentifiers":
                return self._list(asked, at)
            case "GetRecord":
                return Answer(self._record(asked, at))
            case "ListMetadataFormats" as verb:
                _only(asked, {"verb"})
                return Answer(oai_xml.formats({"verb": verb}, at))
            case "ListSets" as verb:
                _only(asked, {"verb"})
                return Answer(oai_xml.set_list({"verb": verb}, at))
            case "Identify":
                _only(asked, {"verb"})
                return Answer(oai_xml.identify(at))
        raise _RefusedError("badVerb", "The verb is missing or is none of OAI-PMH")

    def _record(self, asked: Mapping[str, str], at: Moment) -> bytes:
        _only(asked, {"verb", "identifier", "metadataPrefix"})
        if len(asked) < 3:
            raise _RefusedError("badArgument", "identifier and metadataPrefix are required")
        request = {"verb": "GetRecord", "identifier": asked["identifier"]}
        name = split_identifier(asked["identifier"].removeprefix(oai_xml.PREFIX))
        if not asked["identifier"].startswith(oai_xml.PREFIX) or not name:
            raise _RefusedError("idDoesNotExist", "No such form of identifier", request)
        request["metadataPrefix"] = _format(asked["metadataPrefix"], request)
        listed = self.register.record(name[0], at)
        if listed is None:
            raise _RefusedError("idDoesNotExist", "There is no such paper", request)
        return oai_xml.document("GetRecord", oai_xml.record(listed), request, at)

    def _list(self, asked: Mapping[str, str], at: Moment) -> Answer:
        verb, skip = asked["verb"], 0
        request = {"verb": verb}
        if token := asked.get("resumptionToken"):
            _only(asked, {"verb", "resumptionToken"})
            asked, skip = _resumed(token)
            request["resumptionToken"] = _written(asked, skip)
            if asked["verb"] != verb:
                raise _RefusedError("badResumptionToken", "It is one of another verb", request)
        window = _window(asked, request, at)
        whole = verb == "ListRecords"
        limit = self.page if whole else self.long_page
        found = [one for one in self.register.by_stamp(at) if window.holds(one)]
        chosen = found[skip : skip + limit + 1]
        if not chosen:
            raise _RefusedError("noRecordsMatch", "The list is empty", request)
        shown = sorted(chosen[:limit], key=lambda one: (one.stamped.date(), one.id))
        following = ""
        if len(chosen) > limit:
            following = _following(request, skip, shown, chosen[limit].stamped.date())
        expires = datetime.combine(at.date() + timedelta(days=1), _MIDNIGHT)
        ended = oai_xml.Token(following, expires) if following or token else None
        inner = oai_xml.listing(shown, ended, whole=whole)
        kept = _OPEN if window.end >= at else _CLOSED
        return Answer(oai_xml.document(verb, inner, request, at), kept)


@dataclass(frozen=True, slots=True)
class _Window:
    begin: Moment
    end: Moment
    spec: str

    def holds(self, listed: Listed) -> bool:
        if not self.begin <= listed.stamped <= self.end:
            return False
        return not self.spec or any(
            f"{spec}:".startswith(f"{self.spec}:") for spec in oai_xml.sets(listed)
        )


class _RefusedError(Exception):
    """A request that is refused with one of the codes of OAI-PMH 2.0, section 3.6."""

    def __init__(self, code: str, words: str, request: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.request = request or {}


def _only(asked: Mapping[str, str], allowed: set[str]) -> None:
    if extra := set(asked) - allowed:
        raise _RefusedError("badArgument", f"Not allowed here: {', '.join(sorted(extra))}")


def _format(prefix: str, request: Mapping[str, str]) -> str:
    """Returns the prefix. Only arXivRaw is offered, though arXiv has all of `FORMATS`."""
    if prefix != "arXivRaw":
        raise _RefusedError("cannotDisseminateFormat", f"No format {prefix}", request)
    return prefix


def _window(asked: Mapping[str, str], request: dict[str, str], at: Moment) -> _Window:
    """Returns the span of time that a list asks for; adds its arguments to `request`."""
    if "metadataPrefix" not in asked:
        raise _RefusedError("badArgument", "metadataPrefix is required")
    _only(asked, set(_LISTED))
    request["metadataPrefix"] = _format(asked["metadataPrefix"], request)
    for name in ("from", "until", "set"):
        if asked.get(name):
            request[name] = asked[name]
    begin = datetime.combine(_day(request, "from", _EARLIEST), _MIDNIGHT)
    end = datetime.combine(_day(request, "until", at.date()), _LAST_SECOND)
    if request.get("set", "cs") not in oai_xml.known_sets():
        raise _RefusedError("badArgument", "There is no such set")
    if begin > end:
        raise _RefusedError("badArgument", "from is later than until")
    if begin.date() < _EARLIEST:
        raise _RefusedError("badArgument", f"from is earlier than {_EARLIEST}")
    if end > at + timedelta(days=1):
        raise _RefusedError("badArgument", "until lies in the future")
    return _Window(begin, end, request.get("set", ""))


def _day(request: Mapping[str, str], name: str, default: date) -> date:
    if name not in request:
        return default
    try:
        if _DAY.fullmatch(request[name]):
            return date.fromisoformat(request[name])
    except ValueError:
        pass
    raise _RefusedError("badArgument", f"{name} has the form YYYY-MM-DD")


def _following(request: dict[str, str], skip: int, shown: Sequence[Listed], last: date) -> str:
    """Returns the token of the next page, which begins on the day `last`.

    Where `from` moves, it does so in `request` too: arXiv's answer repeats the moved one.
    """
    if shown[0].stamped.date() == last:
        return _written(request, skip + len(shown))
    request["from"] = last.isoformat()
    return _written(request, sum(one.stamped.date() == last for one in shown))


def _written(arguments: Mapping[str, str], skip: int) -> str:
    """Returns a token: a query string that is percent-encoded once more."""
    kept = {name: arguments[name] for name in _LISTED if name in arguments}
    return quote(urlencode({**kept, "skip": skip}))


def _resumed(token: str) -> tuple[dict[str, str], int]:
    """Returns the arguments in a token, and the number of records to skip."""
    asked = {name: values[0] for name, values in parse_qs(unquote(token)).items()}
    skip = asked.pop("skip", "")
    if "verb" not in asked or not _NUMBER.fullmatch(skip):
        raise _RefusedError("badResumptionToken", "It cannot be read")
    return asked, int(skip)

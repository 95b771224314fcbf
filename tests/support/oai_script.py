"""A small model of arXiv's OAI-PMH service: its pages, its tokens, and the drift at their edges.

A record is an identifier with the moment of its last change; its text is made from it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote

from digest.standin.server import Raw, Reply, Request

FRIDAY = "Fri, 30 Oct 2026 17:05:00 GMT"
_XML = {"content-type": "text/xml"}


def raw_record(
    identifier: str = "2611.00042",
    day: str = "2026-11-16",
    *,
    versions: Sequence[str] = (FRIDAY,),
    header: str = "",
    metadata: str | None = None,
    **fields: str,
) -> str:
    """A record in arXivRaw. `header` and `metadata` replace these parts; a field may be XML."""
    texts = {
        "title": f"Teapots {identifier}",
        "authors": "Ida Example and Bo van der Test",
        "categories": "cs.LG stat.ML",
        "abstract": "We pour $x &lt; y$ cups.",
        **{name.replace("_", "-"): text for name, text in fields.items()},
    }
    numbered = "".join(
        f'<version version="v{number}"><date>{text}</date><size>8kb</size></version>'
        for number, text in enumerate(versions, 1)
    )
    elements = "".join(f"<{name}>{text}</{name}>\n" for name, text in texts.items() if text)
    within = f"<id>{identifier}</id>{numbered}{elements}" if metadata is None else metadata
    return (
        f"<record><header>{header or raw_header(identifier, day)}</header><metadata>"
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">{within}</arXivRaw>'
        "</metadata></record>"
    )


def raw_header(identifier: str, day: str) -> str:
    """The content of a header."""
    return (
        f"<identifier>oai:arXiv.org:{identifier}</identifier><datestamp>{day}</datestamp>"
        "<setSpec>cs:cs:LG</setSpec>"
    )


def oai_answer(
    content: str, verb: str = "ListRecords", made_at: str = "2026-11-16T07:00:00Z"
) -> bytes:
    """A whole answer; `content` stands in the element named by the verb."""
    return oai_document(f"<{verb}>{content}</{verb}>", made_at)


def oai_document(content: str, made_at: str = "2026-11-16T07:00:00Z") -> bytes:
    """A document of OAI-PMH with any content."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>{made_at}</responseDate><request>http://oaipmh.arxiv.org/oai</request>"
        f"{content}</OAI-PMH>"
    ).encode()


def oai_error(code: str) -> bytes:
    """An error of the protocol, which comes with status 200."""
    return oai_document(f"<error code='{code}'>Reason: none.</error>")


class OaiScript:
    """Answers as arXiv's OAI-PMH service does; an instance is a stand-in's `intercept`.

    Args:
        now: returns the time.
        page: records in a page of ListRecords.
        listed: headers in a page of ListIdentifiers.

    Attributes:
        stamps: the moment of the last change of each record.
        before: is called before each answer.
        odd: returns another answer for a request, None for the usual one.
    """

    def __init__(self, now: Callable[[], datetime], *, page: int = 5, listed: int = 20_000) -> None:
        self.stamps: dict[str, datetime] = {}
        self.before: Callable[[Request], None] = lambda _: None
        self.odd: Callable[[Request], Reply | Raw | None] = lambda _: None
        self._now = now
        self._sizes = {"ListRecords": page, "ListIdentifiers": listed}
        self._ticks = 0

    def fill(self, day: date, numbers: Iterable[int]) -> None:
        """Adds records of a day, in their order."""
        begin = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        for number in numbers:
            self.stamps[f"2611.{number:05}"] = begin + timedelta(milliseconds=number)

    def change(self, identifier: str) -> None:
        """Changes a record now, which moves it to the end."""
        self._ticks += 1
        self.stamps[identifier] = self._now() + timedelta(microseconds=self._ticks)

    def __call__(self, request: Request) -> Reply | Raw | None:
        """Returns the answer to a request."""
        self.before(request)
        if odd := self.odd(request):
            return odd
        asked = dict(request.params)
        verb = asked["verb"]
        if verb == "GetRecord":
            identifier = asked["identifier"].removeprefix("oai:arXiv.org:")
            if identifier not in self.stamps:
                return Reply(200, _XML, oai_error("idDoesNotExist"))
            return Reply(200, _XML, oai_answer(self._item(verb, identifier), verb, self._made_at()))
        if token := asked.pop("resumptionToken", ""):
            assert asked == {"verb": verb}
            asked = dict(parse_qsl(unquote(token)))
        return Reply(200, _XML, self._page(verb, asked))

    def _page(self, verb: str, asked: dict[str, str]) -> bytes:
        begin, skip = date.fromisoformat(asked["from"]), int(asked.get("skip", "0"))
        window = sorted((at, i) for i, at in self.stamps.items() if at.date() >= begin)
        if not window:
            return oai_error("noRecordsMatch")
        given = window[skip : skip + self._sizes[verb]]
        content = "".join(self._item(verb, i) for _, i in sorted((at.date(), i) for at, i in given))
        if skip + len(given) < len(window):
            last = given[-1][0].date()
            before = skip if last == begin else 0
            skip = before + sum(at.date() == last for at, _ in given)
            token = f"verb={verb}&metadataPrefix=arXivRaw&from={last}&skip={skip}"
            content += f"<resumptionToken>{quote(token, safe='')}</resumptionToken>"
        elif "skip" in asked:
            content += "<resumptionToken/>"
        return oai_answer(content, verb, self._made_at())

    def _item(self, verb: str, identifier: str) -> str:
        day = self.stamps[identifier].date().isoformat()
        if verb == "ListIdentifiers":
            return f"<header>{raw_header(identifier, day)}</header>"
        return raw_record(identifier, day)

    def _made_at(self) -> str:
        return f"{self._now():%Y-%m-%dT%H:%M:%SZ}"

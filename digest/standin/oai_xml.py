r"""Writes answers of OAI-PMH in arXiv's wire format of autumn 2026.

    <?xml version="1.0" encoding="UTF-8"?>
    <OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" ...>
        <responseDate>2026-11-24T03:41:07Z</responseDate>
            <request verb="ListRecords" metadataPrefix="arXivRaw">http://oaipmh.arxiv.org/oai</request>
        <ListRecords>
            <record>
                <header>
        <identifier>oai:arXiv.org:2611.00042</identifier>
        ...

The elements, their order and the quotes are those of arXiv's published code (arXiv/oaipmh); the
lines are indented as irregularly as there, since several templates make one answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cache
from weakref import WeakKeyDictionary

from digest.clock import Moment
from digest.model.taxonomy import NAMES, TWIN
from digest.standin.register import Listed

PREFIX = "oai:arXiv.org:"
"""The part of an OAI identifier before the paper's own identifier."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>

<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" 
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ \
http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
    <responseDate>{at:%Y-%m-%dT%H:%M:%SZ}</responseDate>
            {request}


"""  # noqa: W291  arXiv's own line ends in a blank
_URL = "http://oaipmh.arxiv.org/oai"
_RAW = (
    '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://arxiv.org/OAI/arXivRaw/ '
    'https://oaipmh.arxiv.org/OAI/arXivRaw.xsd">'
)
_LICENSE = "http://creativecommons.org/licenses/by/4.0/"
_IDENTIFY = """\
        <repositoryName>arXiv</repositoryName>
        <baseURL>https://oaipmh.arxiv.org/oai</baseURL>
        <protocolVersion>2.0</protocolVersion>
        <adminEmail>help@arxiv.org</adminEmail>
        <earliestDatestamp>2005-09-16</earliestDatestamp>
        <deletedRecord>persistent</deletedRecord>
        <granularity>YYYY-MM-DD</granularity>
"""
FORMATS = {
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "arXiv": "http://arxiv.org/OAI/arXiv/",
    "arXivOld": "http://arxiv.org/OAI/arXivOld/",
    "arXivRaw": "http://arxiv.org/OAI/arXivRaw/",
}
"""The namespace of each metadata format that arXiv has."""

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", '"': "&#34;"},
)
_PHYSICS = {
    *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph"),
    *("nlin", "nucl-ex", "nucl-th", "physics", "quant-ph"),
}
_headers: WeakKeyDictionary[Listed, str] = WeakKeyDictionary()
_records: WeakKeyDictionary[Listed, str] = WeakKeyDictionary()


class OddRecordError(Exception):
    """A record that arXiv's server cannot write: it answers 500 instead of the whole page."""


@dataclass(frozen=True, slots=True)
class Token:
    """A resumption token; an empty `text` ends a continued list."""

    text: str
    expires: Moment


def document(name: str, inner: str, request: Mapping[str, str], at: Moment) -> bytes:
    """Returns a whole answer: the element `name` with `inner`, made at a given time."""
    return f"{_opened(request, at)}    <{name}>\n{inner}    </{name}>\n</OAI-PMH>".encode()


def error(code: str, reason: str, request: Mapping[str, str], at: Moment) -> bytes:
    """Returns the answer that refuses a request, or that has no record to give."""
    line = f"    <error code='{code}'>{escaped(reason)}</error>\n"
    return f"{_opened(request, at)}{line}</OAI-PMH>".encode()


def identify(at: Moment) -> bytes:
    """Returns the answer to Identify."""
    return document("Identify", _IDENTIFY, {"verb": "Identify"}, at)


def formats(request: Mapping[str, str], at: Moment) -> bytes:
    """Returns the answer to ListMetadataFormats."""
    inner = "".join(
        f"<metadataFormat>\n    <metadataPrefix>{prefix}</metadataPrefix>\n"
        f"    <schema>https://oaipmh.arxiv.org/OAI/{prefix}.xsd</schema>\n"
        f"    <metadataNamespace>{space}</metadataNamespace>\n</metadataFormat>\n"
        for prefix, space in FORMATS.items()
    )
    return document("ListMetadataFormats", inner, request, at)


def set_list(request: Mapping[str, str], at: Moment) -> bytes:
    """Returns the answer to ListSets: groups, archives and categories."""
    inner = "".join(
        f"        <set>\n        <setSpec>{spec}</setSpec>\n"
        f"        <setName>{escaped(name)}</setName>\n    </set>\n"
        for spec, name in known_sets().items()
    )
    return document("ListSets", inner, request, at)


def listing(records: Iterable[Listed], token: Token | None, *, whole: bool) -> str:
    """Returns the inner part of a list: whole records or headers alone, and the token.

    Raises:
        OddRecordError: one of the records cannot be written.
    """
    write = record if whole else header
    return "".join(map(write, records)) + ("" if token is None else _token(token))


def record(listed: Listed) -> str:
    """Returns a record in the format arXivRaw.

    Raises:
        OddRecordError: it has a category that arXiv does not know.
    """
    if listed not in _records:
        indented = header(listed).replace("\n    ", "\n            ")
        _records[listed] = (
            f"                    <record>\n            {indented}            <metadata>\n"
            f"                        {_raw(listed)}\n"
            "            </metadata>\n        </record>\n\n"
        )
    return _records[listed]


def header(listed: Listed) -> str:
    """Returns the header of a record, with the UTC day of its time stamp.

    Raises:
        OddRecordError: it has a category that arXiv does not know.
    """
    if listed not in _headers:
        specs = "".join(f"            <setSpec>{spec}</setSpec>\n" for spec in sets(listed))
        _headers[listed] = (
            f"    <header>\n        <identifier>{PREFIX}{listed.id}</identifier>\n"
            f"        <datestamp>{listed.stamped:%Y-%m-%d}</datestamp>\n{specs}    </header>\n"
        )
    return _headers[listed]


def sets(listed: Listed) -> list[str]:
    """Returns the sets of a record: each category, the primary first, under both of its names.

    Raises:
        OddRecordError: arXiv does not know a category.
    """
    found: dict[str, None] = {}
    for category in listed.holding.paper.categories:
        if category not in NAMES and "." in category:
            raise OddRecordError(category)
        found[set_spec(category)] = None
        if category in TWIN:
            found[set_spec(TWIN[category])] = None
    return list(found)


def set_spec(category: str) -> str:
    """Returns the name of a category's set.

    >>> [set_spec("cs.LG"), set_spec("hep-th"), set_spec("physics.optics")]
    ['cs:cs:LG', 'physics:hep-th', 'physics:physics:optics']
    """
    archive = category.partition(".")[0]
    group = "physics" if archive in _PHYSICS else archive
    return f"{group}:{category.replace('.', ':')}"


@cache
def known_sets() -> dict[str, str]:
    """Returns the name of each set: of groups first, then of archives and categories."""
    named = {set_spec(category): name for category, name in NAMES.items()}
    groups = {spec.partition(":")[0]: "" for spec in named}
    return {group: NAMES[group] for group in groups} | named


def escaped(text: str) -> str:
    """Returns a text as arXiv's templates escape it, quotes included."""
    return text.translate(_ESCAPES)


def _opened(request: Mapping[str, str], at: Moment) -> str:
    """Returns the beginning of an answer, which repeats the arguments that arXiv understood."""
    if "resumptionToken" in request:
        verb, token = request["verb"], escaped(request["resumptionToken"])
        arguments = f" verb='{verb}' resumptionToken='{token}'"
    else:
        arguments = "".join(f' {name}="{escaped(value)}"' for name, value in request.items())
    return _HEAD.format(at=at, request=f"<request{arguments}>{_URL}</request>")


def _token(token: Token) -> str:
    if not token.text:
        return "                <resumptionToken/>\n"
    expires = f"{token.expires:%Y-%m-%dT%H:%M:%SZ}"
    return (
        f"                <resumptionToken expirationDate='{expires}'>{token.text}"
        "</resumptionToken>\n"
    )


def _raw(listed: Listed) -> str:
    holding, paper = listed.holding, listed.holding.paper
    optional = (
        ("comments", holding.comment),
        ("report-no", holding.report_no),
        ("journal-ref", holding.journal_ref),
        ("doi", holding.doi),
        ("license", _LICENSE),
        ("abstract", holding.abstract),
    )
    submitter = holding.submitter or next(iter(paper.authors), "")
    lines = [
        f"        <id>{paper.id}</id>",
        f"        <submitter>{escaped(submitter)}</submitter>",
        *(
            line
            for number, moment in enumerate(listed.submitted, 1)
            for line in _version(listed, number, moment)
        ),
        f"        <title>{escaped(holding.title)}</title>",
        f"        <authors>{escaped(holding.authors)}</authors>",
        f"        <categories>{' '.join(paper.categories)}</categories>",
        *(f"            <{name}>{escaped(text)}</{name}>" for name, text in optional if text),
    ]
    return "\n".join([_RAW, *lines, "    </arXivRaw>"])


def _version(listed: Listed, number: int, moment: Moment) -> list[str]:
    source = listed.holding.source_type if number == listed.holding.paper.version else "D"
    size = 64 + len(listed.holding.abstract) % 900 + number
    return [
        f'            <version version="v{number}">',
        f"                <date>{format_datetime(moment, usegmt=True)}</date>",
        f"                <size>{size}kb</size>",
        *([f"                    <source_type>{source}</source_type>"] if source else []),
        "            </version>",
    ]

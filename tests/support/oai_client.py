"""A plain client of OAI-PMH for the tests of the stand-in: it believes everything."""

import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

OAI = "{http://www.openarchives.org/OAI/2.0/}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"


def get(url: str, **arguments: Any) -> tuple[int, bytes]:
    """Status and body of one request; `from_` is the argument `from`, `form=True` means POST."""
    form = arguments.pop("form", False)
    query = urlencode({name.rstrip("_"): value for name, value in arguments.items()})
    request = urllib.request.Request(url, query.encode()) if form else f"{url}?{query}"
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def tree(url: str, **arguments: Any) -> ET.Element:
    """The answer to a request, which has status 200 and is XML."""
    status, body = get(url, **arguments)
    assert status == 200, body
    return ET.fromstring(body)


def error(url: str, **arguments: Any) -> str:
    """The code of the error that a request brings, "" for none."""
    found = tree(url, **arguments).find(f"{OAI}error")
    return "" if found is None else found.attrib["code"]


def identifiers(answer: ET.Element) -> list[str]:
    """The base identifiers in the headers of an answer, in order."""
    return [(one.text or "").rpartition(":")[2] for one in answer.iter(f"{OAI}identifier")]


def walk(
    url: str, between: Callable[[int], None] = lambda _: None, **arguments: Any
) -> list[list[str]]:
    """The identifiers of each page of a list; `between` is called before each page but the first.

    `between` is given the number of pages so far.
    """
    verb = arguments.pop("verb", "ListRecords")
    answer = tree(url, verb=verb, metadataPrefix="arXivRaw", **arguments)
    pages = [identifiers(answer)]
    while token := answer.findtext(f".//{OAI}resumptionToken"):
        between(len(pages))
        answer = tree(url, verb=verb, resumptionToken=token)
        assert answer.find(f"{OAI}error") is None
        pages.append(identifiers(answer))
    return pages


def token(body: bytes) -> str | None:
    """The resumption token as it stands in an answer; None for no such element."""
    match = re.search(rb"<resumptionToken(?:/>|[^>]*>([^<]*)<)", body)
    return (match[1] or b"").decode() if match else None

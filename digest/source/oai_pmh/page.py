"""Reads one answer of arXiv's OAI-PMH service strictly (OAI-PMH 2.0 section 3.2).

    <OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
      <responseDate>2026-11-24T03:41:07Z</responseDate>
      <request verb="ListRecords" ...>http://oaipmh.arxiv.org/oai</request>
      <ListRecords>
        <record>...</record>
        <resumptionToken expirationDate='...'>verb%3DListRecords%26...</resumptionToken>
      </ListRecords>
    </OAI-PMH>

In place of the list there can be `<error code='badArgument'>...</error>`, with HTTP status 200.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from xml.etree.ElementTree import Element

from digest.clock import Moment
from digest.source.strict_xml import read_parts
from digest.text import in_short

OAI = "{http://www.openarchives.org/OAI/2.0/}"

_MADE_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_ITEMS = {"ListRecords": "record", "ListIdentifiers": "header", "GetRecord": "record"}

T = TypeVar("T")


class OaiRefusalError(Exception):
    """arXiv answers with an error of the protocol; `code` is its code, such as `badArgument`."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"arXiv answered {code or 'an error'}: {words or 'no reason given'}")
        self.code = code


@dataclass(frozen=True, slots=True)
class OaiPage(Generic[T]):
    """One page of a list: its items, and the moment at which arXiv made it.

    `token` is the resumption token; "" after the last page.
    """

    made_at: Moment
    items: tuple[T, ...]
    token: str


def read_page(body: bytes, verb: str, item: Callable[[Element], T]) -> OaiPage[T]:
    """Reads an answer.

    Args:
        body: the answer's content.
        verb: the verb that was asked for.
        item: reads one record, or one header where the verb is ListIdentifiers.

    Raises:
        ValueError: `body` is not a whole answer to that verb; the message describes it.
        OaiRefusalError: the answer is an error of the protocol.
    """
    items: list[T] = []
    found: dict[str, list[Element]] = {"responseDate": [], "error": [], "resumptionToken": []}
    one = f"{OAI}{_ITEMS[verb]}"

    def take(part: Element) -> None:
        if part.tag == one:
            items.append(item(part))
        else:
            found[part.tag.removeprefix(OAI)].append(part)

    wanted = {one, *(f"{OAI}{name}" for name in found)}
    children = read_parts(body, f"{OAI}OAI-PMH", wanted, take)
    for error in found["error"]:
        raise OaiRefusalError(error.get("code", ""), in_short(error.text or ""))
    if f"{OAI}{verb}" not in children:
        raise ValueError(f"an OAI-PMH answer without {verb}")
    if len(found["responseDate"]) != 1 or len(found["resumptionToken"]) > 1:
        raise ValueError("an OAI-PMH answer without one date, or with several resumption tokens")
    made_at = _moment(found["responseDate"][0].text or "")
    tokens = [(part.text or "").strip() for part in found["resumptionToken"]]
    if not items:
        raise ValueError("an OAI-PMH answer without a record")
    return OaiPage(made_at, tuple(items), tokens[0] if tokens else "")


def _moment(text: str) -> Moment:
    if _MADE_AT.fullmatch(text.strip()):
        try:
            return datetime.fromisoformat(text.strip()).astimezone(UTC)
        except ValueError:
            pass
    raise ValueError("an OAI-PMH answer with an impossible date")

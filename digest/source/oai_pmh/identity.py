"""Reads the answer to Identify: which service answers (OAI-PMH 2.0 section 4.2).

<Identify>
  <repositoryName>arXiv</repositoryName>
  <granularity>YYYY-MM-DD</granularity>
  ...
</Identify>
"""

from xml.etree.ElementTree import Element

from digest.source.oai_pmh.page import OAI, OaiRefusalError
from digest.source.strict_xml import read_parts
from digest.text import clean, in_short


def read_identity(body: bytes) -> str:
    """Returns the name of the service, which may be empty.

    Raises:
        ValueError: `body` is not a whole answer to Identify; the message describes it.
        OaiRefusalError: the answer is an error of the protocol.
    """
    found: list[Element] = []
    read_parts(body, f"{OAI}OAI-PMH", {f"{OAI}Identify", f"{OAI}error"}, found.append)
    for part in found:
        if part.tag == f"{OAI}error":
            raise OaiRefusalError(part.get("code", ""), in_short(part.text or ""))
    if len(found) != 1:
        raise ValueError("an OAI-PMH answer without Identify")
    return clean(found[0].findtext(f"{OAI}repositoryName"))

"""The answer to Identify."""

import pytest

from digest.clock import Moment
from digest.source.oai_pmh.identity import read_identity
from digest.source.oai_pmh.page import OaiRefusalError
from digest.standin import oai_xml

SPACE = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
NOW = Moment.fromisoformat("2026-11-24T03:00:00+00:00")


def test_the_name() -> None:
    """The name of the service is read, from the stand-in's answer and from the smallest one."""
    assert read_identity(oai_xml.identify(NOW))
    inner = "<Identify><repositoryName> My\n mirror </repositoryName></Identify>"
    assert read_identity(f"<OAI-PMH {SPACE}>{inner}</OAI-PMH>".encode()) == "My mirror"
    assert read_identity(f"<OAI-PMH {SPACE}><Identify/></OAI-PMH>".encode()) == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        oai_xml.identify(NOW)[:-20],
        f"<OAI-PMH {SPACE}/>".encode(),
        f"<OAI-PMH {SPACE}><Identify/><Identify/></OAI-PMH>".encode(),
        b"<OAI-PMH><Identify/></OAI-PMH>",
    ],
)
def test_another_answer(body: bytes) -> None:
    """Whatever is no whole answer to Identify is refused."""
    with pytest.raises(ValueError, match=r"."):
        read_identity(body)


def test_a_refusal() -> None:
    """An error of the protocol is told with its code."""
    body = f"<OAI-PMH {SPACE}><error code='badVerb'>no</error></OAI-PMH>"
    with pytest.raises(OaiRefusalError, match="badVerb: no"):
        read_identity(body.encode())

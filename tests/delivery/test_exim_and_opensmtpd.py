"""Delivery to a real Exim and a real OpenSMTPD, with the settings that Debian gives them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import paper, subscribers
from exim_and_opensmtpd import PROGRAMS, Running, mail_server, missing
from installation import Lab, parsed

COUNT = 105
"""More than a hundred, which OpenSMTPD takes of one connection, and than ten, as Exim likes it."""


@pytest.fixture(scope="module", params=PROGRAMS)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    """Each of the servers."""
    if reason := missing(request.param):
        pytest.skip(reason)
    with mail_server(request.param) as there:
        yield there


def test_everybody_gets_it_at_once(lab: Lab, running: Running, tmp_path: Path) -> None:
    """In one run, over one connection at a time, each reader has their mail, byte for byte.

    Nothing is left to the server's queue: Exim would keep it for half an hour.
    """
    readers = [f"reader{number}@example.org" for number in range(COUNT)]
    lab.subscribe(subscribers(*readers))
    lab.publish(paper(1, "Über time series", abstract=".\n..\nFrom here on " + "x" * 3000))
    settings = {"DIGEST_SMTP_PORT": str(running.port), "DIGEST_SMTP_CONNECTIONS": "1"}
    sent = tmp_path / "sent"
    done = lab.run("send", "--preview", str(sent), **settings)
    assert done.status == 0, done.out + done.err + running.log()
    came = {parsed(data)["To"]: data for data in running.received(COUNT)}
    assert set(came) == set(readers)
    for reader, data in came.items():
        assert data.replace(b"\r\n", b"\n").endswith(
            (sent / f"{reader}.eml").read_bytes().replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
        )
    status = lab.run("status", "--json").data["subscribers"]
    assert {one["waiting"] for one in status} == {0}


def test_where_it_does_not_relay(lab: Lab, running: Running) -> None:
    """Readers of elsewhere, all of whom the server refuses alike, are not held to be at fault."""
    lab.subscribe(subscribers("ada@example.com", "bob@example.com"))
    lab.publish(paper(1))
    done = lab.run("send", DIGEST_SMTP_PORT=str(running.port))
    assert done.status == 69, done.out + done.err
    assert "no reader is at fault: 550" in done.err
    status = lab.run("status", "--json").data["subscribers"]
    assert {one["refused_in_a_row"] for one in status} == {0}
    assert {one["waiting"] for one in status} == {1}

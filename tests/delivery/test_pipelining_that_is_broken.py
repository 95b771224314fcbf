"""PIPELINING that is offered, and loses all commands but the first of a packet."""

import pytest
from builders import at_once, envelopes
from scripted_server import CUT, Scripted

from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.transaction import Outcome


def sent(server: MailServer, count: int) -> list[Outcome]:
    """Delivers so many messages, and returns their outcomes."""
    outcomes: list[Outcome] = []
    readers = (f"reader{number}" for number in range(count))
    dispatch(server, envelopes(*readers), outcomes.extend, pause=at_once)
    return outcomes


def test_commands_that_are_lost() -> None:
    """It is noticed, everybody is mailed in the same run, and the next run knows it already."""
    with Scripted(deaf=True) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", timeout=0.3)
        assert [one.code for one in sent(server, 12)] == [250] * 12
        assert len(mail.bodies) == 12
        assert not server.habits.pipelining
        connections = len(mail.heard)
        assert connections <= 2 * server.connections
        assert [one.code for one in sent(server, 3)] == [250] * 3
        again = mail.heard[connections:]
        assert all("DATA" in verbs or verbs == ["EHLO", "QUIT"] for verbs in again)


def test_a_connection_that_is_cut_says_nothing_of_it() -> None:
    """A connection that ends after it has served somebody is no sign of broken PIPELINING."""

    def answer(verb: str, count: int) -> str | None:
        return CUT if verb == "MAIL" and count == 2 else None

    with Scripted(answer) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", connections=1)
        assert [one.code for one in sent(server, 4)] == [250] * 4
        assert server.habits.pipelining


def test_what_was_not_said_together_says_nothing_of_it() -> None:
    """Where no PIPELINING was offered, nothing is learnt of it from a connection that ends."""

    def answer(verb: str, count: int) -> str | None:
        return CUT if verb == "MAIL" and count == 1 else None

    with Scripted(answer, pipelining=False) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", connections=1)
        assert [one.code for one in sent(server, 2)] == [250] * 2
        assert server.habits.pipelining


@pytest.mark.parametrize(
    ("verb", "reply"),
    [
        ("RCPT", "503 5.5.1 need MAIL first"),
        ("DATA", "503 5.5.0 Improper use of SMTP command pipelining"),
        ("MAIL", "554 SMTP synchronization error"),
    ],
)
def test_a_server_that_is_out_of_step(verb: str, reply: str) -> None:
    """A server that says so of commands that came together gets them one by one."""

    def answer(said: str, count: int) -> str | None:
        return reply if said == verb and count == 1 else None

    with Scripted(answer) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", connections=1)
        assert [one.code for one in sent(server, 3)] == [250] * 3
        assert not server.habits.pipelining
        assert len(mail.bodies) == 3


def test_out_of_step_in_any_case() -> None:
    """Where it says the same of one command after the other, that is its reply."""

    def answer(verb: str, _: int) -> str | None:
        return "503 5.5.1 out of order" if verb == "RCPT" else None

    with Scripted(answer) as mail:
        server = MailServer("127.0.0.1", mail.port, "none", connections=1)
        sent(server, 3)
    first, second = mail.heard
    assert first == ["EHLO", "MAIL", "RCPT", "DATA"]
    assert second == ["EHLO", *["MAIL", "RCPT", "RSET"] * 3, "QUIT"]
    assert not mail.bodies

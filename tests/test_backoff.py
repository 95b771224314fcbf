"""A server that is busy is asked more slowly, over one connection, and at last left alone."""

import pytest
from scripted import Answer, Scripted
from test_transaction import envelopes

from digest.backoff import ENOUGH, IN_A_ROW, BackOff
from digest.delivery import MailServer
from digest.dispatch import dispatch
from digest.errors import MailDeferredError
from digest.transaction import Outcome

BUSY = "450 4.7.1 too much mail from you"


def pauses(*replies: str) -> list[float]:
    """The pause after each of these replies."""
    back_off, found = BackOff(), []
    for reply in replies:
        back_off.heard(int(reply[:3]), reply[4:])
        found.append(back_off.pause())
    return found


def test_pauses_grow() -> None:
    """From the third in a row on there is a pause, longer each time, a minute in all."""
    assert pauses(*[BUSY] * 10) == [0, 0, 1, 2, 4, 8, 16, 29, 0, 0]


@pytest.mark.parametrize("code", [421, 450, 451, 452, 454])
def test_what_counts(code: int) -> None:
    """These codes say that the server is busy, with an enhanced code or without."""
    for words in ("4.7.0 later", "4.3.2 later", "later"):
        assert pauses(*[f"{code} {words}"] * 3) == [0, 0, 1]


@pytest.mark.parametrize(
    "reply", ["450 4.2.0 greylisted", "451 4.1.8 unknown", "550 5.7.1 no", "455 4.7.0 what", "000 "]
)
def test_what_does_not(reply: str) -> None:
    """What is about one reader, or for good, is no reason to be slower."""
    assert pauses(*[reply] * 5) == [0] * 5


def test_one_that_is_taken_between() -> None:
    """Only replies in a row count; what was paused before is not forgotten in the same run."""
    assert pauses(BUSY, BUSY, "250 ok", BUSY, BUSY) == [0] * 5
    assert pauses(BUSY, BUSY, BUSY, "250 ok", BUSY, BUSY, BUSY) == [0, 0, 1, 0, 0, 0, 2]


def test_all_connections_again() -> None:
    """One connection goes on alone until many messages in a row were taken."""
    back_off = BackOff()
    for _ in range(IN_A_ROW):
        back_off.heard(451, "later")
    assert back_off.slow
    for _ in range(49):
        back_off.heard(250, "ok")
    assert back_off.slow
    back_off.heard(250, "ok")
    assert not back_off.slow


def delivered(
    answer: Answer, readers: int, connections: int = 4
) -> tuple[list[Outcome], list[float], str, list[list[str]]]:
    """Delivers to a server that answers so: outcomes, pauses, words, verbs of each connection."""
    outcomes: list[Outcome] = []
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)

    words = ""
    with Scripted(answer) as server:
        target = MailServer("127.0.0.1", server.port, "none", connections=connections, timeout=5)
        names = [f"reader{number}" for number in range(readers)]
        try:
            dispatch(target, envelopes(*names), outcomes.extend, pause=pause)
        except MailDeferredError as error:
            words = str(error)
        return outcomes, made, words, server.heard


def test_one_connection_while_it_is_busy() -> None:
    """While the server is busy the others say good-bye, and come back when it is well again."""
    outcomes, made, words, heard = delivered(
        lambda verb, count: BUSY if verb == "RCPT" and 20 < count <= 34 else None, 200
    )
    codes = [one.code for one in outcomes]
    assert (codes.count(450), codes.count(250), words) == (14, 186, "")
    assert made[:4] == [1, 2, 4, 8]
    assert 4 < len(heard) <= 8
    assert all(verbs[-1] == "QUIT" for verbs in heard)


def test_left_alone_at_last() -> None:
    """A server that is busy again and again is left alone, with what is left waiting."""
    outcomes, made, words, _ = delivered(lambda verb, _: BUSY if verb == "MAIL" else None, 300)
    assert ENOUGH <= len(outcomes) < ENOUGH + 4
    assert sum(made) == 60
    assert f"said {ENOUGH} times in a row that it is busy, the last time with: 450 4.7.1" in words
    assert "what is left waits for the next run" in words


def test_greylisting_meets_everyone() -> None:
    """A server that puts every reader off for reasons of their own hears of all of them at once."""
    outcomes, made, words, _ = delivered(
        lambda verb, _: "450 4.2.0 greylisted" if verb == "RCPT" else None, 150
    )
    assert (len(outcomes), made, words) == (150, [], "")

"""A server that is busy is asked more slowly, over fewer connections, and at last left alone."""

from collections import Counter
from collections.abc import Callable

import pytest
from builders import envelopes
from scripted_server import Answer, Scripted

from digest.delivery.backoff import BackOff, Delay, delay_of
from digest.delivery.connection import MailServer
from digest.delivery.dispatch import dispatch
from digest.delivery.meaning import Step
from digest.delivery.transaction import Outcome
from digest.errors import MailDeferredError

BUSY = "451 4.3.2 busy"
THROTTLED = "454 Throttling failure: Maximum sending rate exceeded."
TOO_MANY = "432 4.3.2 Concurrent connections limit exceeded."

SAID = """\
READER       RCPT  450 4.2.0 <ada@example.org>: Recipient address rejected: Greylisted
READER       RCPT  451 4.7.1 Greylisting in action, please come back in 00:05:00
READER       RCPT  450 4.7.1 try again
READER       RCPT  451 Temporary local problem - please try later
READER       .     452 4.2.2 The email account that you tried to reach is over quota
READER       RCPT  450 4.2.1 The user you are trying to contact is receiving mail too quickly
READER       RCPT  451 4.1.8 unknown
READER       RCPT  454 4.7.1 <ada@example.org>: Relay access denied
READER       MAIL  455 4.5.4 what
CONNECTIONS  .     432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent
CONNECTIONS  MAIL  421 4.7.0 host Error: too many connections from 192.0.2.1
CONNECTIONS  MAIL  421 Too many concurrent SMTP connections; please try again later.
RATE         .     454 Throttling failure: Maximum sending rate exceeded.
RATE         MAIL  450 4.7.1 Error: too much mail from 192.0.2.1
RATE         RCPT  450 4.7.1 Error: too many recipients from 192.0.2.1
RATE         MAIL  421 4.7.28 Gmail has detected an unusual rate of unsolicited mail
RATE         MAIL  454 4.7.0 Too many login attempts, please try again later
RATE         MAIL  452 4.5.3 Too many messages sent
RATE         MAIL  451 4.7.1 Please slow down
DAY          .     454 Throttling failure: Daily message quota exceeded.
DAY          RCPT  450 4.7.1 hourly limit exceeded
BUSY         MAIL  421 4.3.2 Service not available, closing transmission channel
BUSY         RCPT  421 4.3.2 Service shutting down
BUSY         .     451 4.3.0 Error: queue file write error
BUSY         MAIL  452 4.3.1 Insufficient system storage
BUSY         MAIL  450 4.3.2 System not accepting network messages
BUSY         DATA  454 4.3.0 Local problem
"""
"""The subject of a reply, the step, and the reply."""


@pytest.mark.parametrize("line", SAID.splitlines())
def test_what_it_is_about(line: str) -> None:
    """Real servers say of one recipient, of connections, of the rate, or of the day: not now."""
    about, step, code, words = line.split(maxsplit=3)
    assert delay_of(Step(step), int(code), words) is Delay[about]


def pauses(*delays: Delay) -> list[float]:
    """The pause after each of these, each being the first message after the last one's."""
    back_off, found = BackOff(1), []
    for delay in delays:
        back_off.put_off(delay, back_off.round)
        found.append(back_off.pause())
    return found


def test_pauses_grow() -> None:
    """Each pause is twice the last one, half a minute at most, five minutes in all."""
    assert pauses(*[Delay.RATE] * 16) == [1, 2, 4, 8, 16, *[30] * 8, 29, 0, 0]
    back_off = BackOff(1)
    for _ in range(14):
        back_off.put_off(Delay.RATE, back_off.round)
        back_off.pause()
        assert not back_off.enough
    back_off.put_off(Delay.RATE, back_off.round)
    assert back_off.enough


def test_what_is_no_reason() -> None:
    """One recipient that is put off slows nobody down, nor do two chances in a row."""
    assert pauses(*[Delay.READER] * 50) == [0] * 50
    assert pauses(Delay.BUSY, Delay.BUSY, Delay.BUSY) == [0, 0, 1]


def test_one_that_is_taken_between() -> None:
    """Only replies in a row count, and after one that is taken the pauses begin anew."""
    back_off = BackOff(4)
    for _ in range(2):
        back_off.put_off(Delay.BUSY, back_off.round)
        back_off.put_off(Delay.BUSY, back_off.round)
        back_off.taken()
        assert not back_off.slow
    for _ in range(2):
        back_off.put_off(Delay.RATE, back_off.round)
        assert back_off.pause() == 1
        back_off.taken()


def test_a_burst_counts_once() -> None:
    """Messages that were under way when it slowed down already say nothing new."""
    back_off = BackOff(4)
    for _ in range(4):
        back_off.put_off(Delay.RATE, 0)
    assert (back_off.connections, back_off.interval, back_off.pause()) == (1, 0.1, 1)


def test_all_connections_again() -> None:
    """One connection goes on alone until many messages in a row were taken; a limit stays."""
    back_off = BackOff(8)
    for _ in range(2):
        back_off.put_off(Delay.CONNECTIONS, back_off.round)
    assert (back_off.connections, back_off.pause()) == (6, 0)
    back_off.put_off(Delay.RATE, back_off.round)
    for _ in range(49):
        back_off.taken()
    assert (back_off.connections, back_off.slow) == (1, True)
    back_off.taken()
    assert (back_off.connections, back_off.slow) == (6, False)


def delivered(
    answer: Answer,
    readers: int,
    connections: int = 4,
    messages: int | None = None,
    made: list[float] | None = None,
) -> tuple[list[Outcome], list[float], str, list[list[str]]]:
    """Delivers to a server that answers so: outcomes, pauses, words, verbs of each connection."""
    outcomes: list[Outcome] = []
    made = [] if made is None else made

    async def pause(seconds: float) -> None:
        made.append(seconds)

    words = ""
    with Scripted(answer) as server:
        target = MailServer(
            "127.0.0.1",
            server.port,
            "none",
            connections=connections,
            timeout=5,
            messages=messages,
        )
        names = [f"reader{number}" for number in range(readers)]
        try:
            dispatch(target, envelopes(*names), outcomes.extend, pause=pause)
        except MailDeferredError as error:
            words = str(error)
        return outcomes, made, words, server.heard


def after(verb: str, begin: int, end: int, reply: str) -> Answer:
    """Answers a verb so, from one count to another."""
    return lambda said, count: reply if said == verb and begin < count <= end else None


def test_one_connection_while_it_is_busy() -> None:
    """While the server is busy the others say good-bye, and come back when it is well again."""
    outcomes, made, words, heard = delivered(after(".", 20, 34, BUSY), 200)
    assert (Counter(one.code for one in outcomes), words) == ({250: 200}, "")
    assert [seconds for seconds in made if seconds >= 1][:4] == [1, 2, 4, 8]
    assert 4 < len(heard) <= 8
    assert all(verbs[-1] == "QUIT" for verbs in heard)


def test_a_pause_before_the_same_message() -> None:
    """A single reader who is left, and was put off, is not offered again at once."""
    outcomes, made, words, _ = delivered(after(".", 0, 2, BUSY), 1)
    assert ([one.code for one in outcomes], made, words) == ([250], [1, 2], "")


def test_six_times_at_most() -> None:
    """A message that is put off again and again, beside others that are taken, waits at last."""

    def answer(verb: str, count: int) -> str | None:
        return BUSY if verb == "." and (count == 3 or count > 5) else None

    outcomes, _, words, heard = delivered(answer, 5, 1)
    assert (Counter(one.code for one in outcomes), words) == ({250: 4, 451: 1}, "")
    assert sum(verbs.count("MAIL") for verbs in heard) == 4 + 6


def test_left_alone_at_last() -> None:
    """A server that is busy for five minutes is left alone, with all that is left waiting."""
    outcomes, made, words, _ = delivered(after("MAIL", 0, 10**6, BUSY), 300)
    assert {one.code for one in outcomes} == {451}
    assert sum(seconds for seconds in made if seconds >= 1) == 300
    assert "times in a row that it is busy, the last time with: 451 4.3.2 busy" in words
    assert "what is left waits for the next run" in words


def test_so_many_in_so_long() -> None:
    """Readers put off for the rate are tried again in the same run, more slowly: all are served."""
    pauses_made: list[float] = []
    taken: list[float] = []

    def answer(verb: str, _: int) -> str | None:
        if verb != ".":
            return None
        now = sum(pauses_made)
        if sum(at > now - 1 for at in taken) >= 14:
            return THROTTLED  # as Amazon SES, to begin with
        taken.append(now)
        return None

    outcomes, made, words, _ = delivered(answer, 100, made=pauses_made)
    assert (Counter(one.code for one in outcomes), words) == ({250: 100}, "")
    assert 6 < sum(made) < 30


def test_so_many_at_once() -> None:
    """A reader put off for one connection too many is offered again over the remaining ones."""
    outcomes, made, words, heard = delivered(after(".", 3, 4, TOO_MANY), 40)
    assert (Counter(one.code for one in outcomes), words, made) == ({250: 40}, "", [])
    assert len(heard) == 4


def test_a_connection_too_many_is_not_asked_for_again() -> None:
    """Where a further connection is turned away for now, the others do the work."""
    answer = after("EHLO", 2, 99, "421 4.7.0 too many connections from you")
    outcomes, made, words, heard = delivered(answer, 60)
    assert (Counter(one.code for one in outcomes), words, made) == ({250: 60}, "", [])
    assert len(heard) == 4


def test_let_in_a_little_later() -> None:
    """Where the only connection is turned away for the rate, a pause helps."""
    answer = after("EHLO", 0, 2, "454 4.7.0 Too many login attempts, please try again later")
    outcomes, made, words, _ = delivered(answer, 3)
    assert (Counter(one.code for one in outcomes), words) == ({250: 3}, "")
    assert made[:2] == [1, 2]


def test_greylisting_meets_everyone() -> None:
    """A server that puts every reader off for reasons of their own hears of all of them at once."""
    outcomes, made, words, _ = delivered(after("RCPT", 0, 999, "450 4.7.1 come back"), 150)
    assert (len(outcomes), made, words) == (150, [], "")
    assert {one.code for one in outcomes} == {450}


def test_enough_for_today() -> None:
    """A daily quota does not come back in five minutes: the rest waits."""
    outcomes, made, words, _ = delivered(
        after(".", 10, 999, "454 Throttling failure: Daily message quota exceeded."), 50, 1
    )
    assert (Counter(one.code for one in outcomes), made) == ({250: 10, 454: 1}, [])
    assert "takes no more for now: 454 Throttling failure: Daily" in words


def every(most: int, reply: str) -> Callable[[str, int], str | None]:
    """Has each message after so many of a connection answered so, where the server counts."""
    return lambda verb, count: reply if verb == "MAIL" and count % (most + 1) == 0 else None


def test_a_limit_of_a_connection() -> None:
    """A server that takes so many messages of a connection gets the others over further ones."""
    outcomes, made, words, heard = delivered(
        every(10, "452 4.5.3 Too many messages sent"), 45, connections=1
    )
    assert (Counter(one.code for one in outcomes), words, made) == ({250: 45}, "", [])
    assert [verbs.count("RCPT") >= 10 for verbs in heard[:4]] == [True] * 4


@pytest.mark.parametrize(("messages", "most"), [(None, 10), (30, 30)])
def test_exim_is_known_by_its_words(messages: int | None, most: int) -> None:
    """Exim keeps what comes after the tenth message for its queue run: so another connection."""
    answer = after(".", 0, 999, "250 OK id=1vNzQv-0004Xm-2k")
    outcomes, _, _, heard = delivered(answer, 45, 1, messages)
    assert len(outcomes) == 45
    assert max(verbs.count("MAIL") for verbs in heard) == most


def test_a_limit_that_is_offered() -> None:
    """LIMITS in the reply to EHLO says how many messages a connection takes (RFC 9422)."""
    offers = "250-localhost\r\n250-LIMITS RCPTMAX=50 MAILMAX=7\r\n250 PIPELINING"
    outcomes, _, _, heard = delivered(after("EHLO", 0, 999, offers), 20, 1)
    assert len(outcomes) == 20
    assert [verbs.count("MAIL") for verbs in heard] == [7, 7, 6]

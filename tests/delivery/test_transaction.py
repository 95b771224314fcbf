"""Transactions: commands given together or one by one, and whatever a server may answer."""

import asyncio
import re
import socket
from collections.abc import Sequence

import pytest
from builders import at_once, envelopes
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import CUT, Scripted

from digest.delivery.connection import MailServer
from digest.delivery.dialogue import Dialogue, Reply, Turn
from digest.delivery.dispatch import dispatch
from digest.delivery.meaning import Concern
from digest.delivery.transaction import Outcome
from digest.delivery.wire import Content, on_the_wire, ready, size
from digest.errors import MailDeferredError, MailRefusedError

TEXT = b"Subject: x\r\n\r\n.hidden\r\nend\r\n"
LONE_DOT = b".\r\n"


def offered(
    server: Scripted, *names: str, connections: int = 1, messages: int = 500, data: bytes = TEXT
) -> tuple[dict[str, Outcome], str]:
    """Delivers to these without waiting for anything: the outcomes, and what is said at the end."""
    outcomes: list[Outcome] = []

    words = ""
    target = MailServer(
        "127.0.0.1", server.port, "none", connections=connections, messages=messages, timeout=5
    )
    try:
        dispatch(target, envelopes(*names, data=data), outcomes.extend, pause=at_once)
    except (MailDeferredError, MailRefusedError) as error:
        words = str(error)
    return {o.envelope.key.partition("@")[0]: o for o in outcomes}, words


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    """Whether the server offers PIPELINING."""
    return bool(request.param)


@pytest.mark.parametrize("octets", [0, 1, 7])
def test_together_only_where_it_is_offered(*, pipelining: bool, octets: int) -> None:
    """The three commands go out at once where the server offers that, however it answers."""
    with Scripted(pipelining=pipelining, size=octets) as server:
        outcomes, words = offered(server, "ada", "bob", "cyd")
    assert ({o.code for o in outcomes.values()}, len(outcomes), words) == ({250}, 3, "")
    assert server.together == (3 if pipelining else 1)
    assert server.heard == [["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]]
    assert server.bodies == [b"Subject: x\r\n\r\n..hidden\r\nend\r\n.\r\n"] * 3


@pytest.mark.parametrize(
    ("verb", "reply", "code"),
    [
        ("MAIL", "552 5.3.4 too big", 552),
        ("RCPT", "550 5.1.1 nobody", 550),
        ("RCPT", "450 4.2.0 greylisted", 450),
        ("DATA", "554 5.5.1 no", 554),
        (".", "452 4.2.2 mailbox full", 452),
        (".", "554 5.7.1 spam", 554),
    ],
)
def test_one_is_refused(*, pipelining: bool, verb: str, reply: str, code: int) -> None:
    """The first reply that fails is that message's outcome; the next one is on its own again."""
    with Scripted(
        lambda said, count: reply if (said, count) == (verb, 2) else None, pipelining
    ) as server:
        outcomes, words = offered(server, "ada", "bob", "cyd")
    assert {name: o.code for name, o in outcomes.items()} == {"ada": 250, "bob": code, "cyd": 250}
    assert words == ""
    assert len(server.heard) == 1
    whole = [body for body in server.bodies if body != LONE_DOT]
    assert len(whole) == (3 if verb == "." else 2)
    assert server.bodies.count(LONE_DOT) == (pipelining and verb in ("MAIL", "RCPT"))


@pytest.mark.parametrize(
    ("verb", "reply"),
    [("MAIL", "451 4.3.0 later"), ("DATA", "451 4.3.0 no room"), (".", "451 4.3.2 busy")],
)
def test_put_off_and_offered_again(*, pipelining: bool, verb: str, reply: str) -> None:
    """A message that the server itself puts off is offered once more at the end of the run."""
    with Scripted(
        lambda said, count: reply if (said, count) == (verb, 2) else None, pipelining
    ) as server:
        outcomes, words = offered(server, "ada", "bob", "cyd")
    assert [(name, o.code) for name, o in outcomes.items()] == [
        *(("ada", 250), ("cyd", 250), ("bob", 250)),
    ]
    assert (words, len(server.heard)) == ("", 1)


def test_enough_of_a_connection(*, pipelining: bool) -> None:
    """A server that has had enough of a connection gets the message over another one, at once."""

    def answer(verb: str, count: int) -> str | None:
        return "452 4.3.1 too many messages here" if (verb, count) == ("MAIL", 3) else None

    with Scripted(answer, pipelining) as server:
        outcomes, words = offered(server, "ada", "bob", "cyd", "dan")
    assert [(name, o.code) for name, o in outcomes.items()] == [
        *(("ada", 250), ("bob", 250), ("cyd", 250), ("dan", 250)),
    ]
    assert words == ""
    assert [heard.count("MAIL") for heard in server.heard] == [3, 2]


def test_the_sender_is_refused(*, pipelining: bool) -> None:
    """A sender that is refused for good ends it all, and no message is given away."""
    with Scripted(lambda verb, _: "550 no" if verb == "MAIL" else None, pipelining) as server:
        outcomes, words = offered(server, "ada", "bob")
    assert {name: o.concern for name, o in outcomes.items()} == {"ada": Concern.SENDER}
    assert set(server.bodies) - {LONE_DOT} == set()
    assert "refuses the sender digest@example.org: 550 no; check DIGEST_MAIL_FROM" in words


@pytest.mark.parametrize("ending", [CUT, "421 4.3.2 closing\r\n", "hello", "199 what", "354 again"])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_it_ends_at_any_point(*, pipelining: bool, verb: str, ending: str) -> None:
    """A connection that ends before the message was written costs nothing; after it nobody knows.

    What is no reply, or none to this command, ends it as well.
    """
    fits = verb == "DATA" and ending.startswith("354")
    with Scripted(
        lambda said, count: ending if (said, count) == (verb, 2) else None, pipelining
    ) as server:
        outcomes, words = offered(server, "ada", "bob", "cyd")
    unknown = verb == "." and not ending.startswith("421")
    codes = {name: o.code for name, o in outcomes.items()}
    assert codes == {"ada": 250, "bob": 0 if unknown else 250, "cyd": 250}
    assert outcomes["bob"].uncertain is unknown
    assert words == ""
    if not fits and not (verb == "MAIL" and ending.startswith("354")):
        assert len(server.heard) == 2
    whole = [body for body in server.bodies if body != LONE_DOT]
    assert len(whole) == (4 if verb == "." and not unknown else 3)


def test_a_reply_to_another_command(*, pipelining: bool) -> None:
    """A server that takes DATA for done without the message has not taken it."""
    with Scripted(lambda verb, _: "250 done" if verb == "DATA" else None, pipelining) as server:
        outcomes, _ = offered(server, "ada")
    assert [(o.code, o.accepted, o.uncertain) for o in outcomes.values()] == [(0, False, False)]
    assert server.bodies == []


def test_more_replies_than_commands() -> None:
    """A reply that nobody asked for is never taken for that of the next message."""
    twice = "250 ok\r\n250 ok again"
    with Scripted(lambda verb, count: twice if (verb, count) == (".", 1) else None) as server:
        outcomes, words = offered(server, "ada", "bob")
    assert {o.code for o in outcomes.values()} == {250}
    assert (len(server.heard), len(server.bodies), words) == (2, 2, "")


def test_a_reply_before_its_message(*, pipelining: bool) -> None:
    """A reply "accepted" before the server can have the message is about something else."""
    early = "354 go on\r\n250 2.0.0 Ok"
    with Scripted(lambda verb, _: early if verb == "DATA" else None, pipelining) as server:
        outcomes, _ = offered(server, "ada")
    assert [(o.code, o.accepted) for o in outcomes.values()] == [(0, False)]
    assert server.bodies == []


def test_any_two_hundred_is_success(*, pipelining: bool) -> None:
    """A client goes by the first digit of a reply it does not know (RFC 5321 section 4.2)."""
    with Scripted(lambda verb, _: "253 queued" if verb == "." else None, pipelining) as server:
        outcomes, _ = offered(server, "ada")
    assert outcomes["ada"].accepted


def test_so_many_messages_a_connection(*, pipelining: bool) -> None:
    """After its share of messages a connection is closed politely, and another one opened."""
    with Scripted(pipelining=pipelining) as server:
        outcomes, _ = offered(server, *"abcdefg", messages=3)
    assert {o.code for o in outcomes.values()} == {250}
    assert [heard.count("MAIL") for heard in server.heard] == [3, 3, 1]
    assert {heard[-1] for heard in server.heard} == {"QUIT"}


def test_control_characters() -> None:
    """An address that would end its command is refused here; the server never hears of it."""
    with Scripted() as server:
        outcomes, _ = offered(server, "ada>\r\nRSET\r\nMAIL FROM:<eve", "bob")
    assert sorted(o.code for o in outcomes.values()) == [250, 553]
    assert server.heard == [["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]]


LINES = st.lists(
    st.sampled_from([b".", b"..", b"", b"a", b".a", b"\r", b"\n", b"\r\n"]), max_size=12
)


@given(st.lists(LINES.map(b"".join), min_size=1, max_size=4))
def test_any_body_arrives(pieces: list[bytes]) -> None:
    """Unstuffed as a server does it, any message is what it was, with proper line ends."""
    parts = [ready(piece) for piece in pieces]
    wire = on_the_wire(parts)
    assert wire.endswith(b".\r\n")
    before, end, after = (b"\r\n" + wire).partition(b"\r\n.\r\n")
    assert (end, after) == (b"\r\n.\r\n", b""), "the message ends where its dot is, and only there"
    received = re.sub(rb"\r\n\.", b"\r\n", before + b"\r\n")[2:]
    expected = b"".join(_proper(piece) for piece in pieces)
    assert received == expected
    assert size(parts) == len(expected)


def _proper(piece: bytes) -> bytes:
    """Lines that end in CRLF, by splitting: CR, LF and CRLF all end one."""
    return b"".join(line + b"\r\n" for line in piece.splitlines())


def test_nothing_is_copied_that_need_not_be() -> None:
    """Lines that are proper already are taken as they are, once."""
    text = b"one\r\ntwo\r\n"
    content = ready(text)
    assert content == Content(text, text, text.isascii())
    assert content.lines is content.wire is text


REPLIES = st.lists(
    st.tuples(
        st.integers(220, 559).filter(lambda code: code != 421),
        st.lists(st.text("ab c-", max_size=5).map(str.strip), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def _in_octets(replies: Sequence[tuple[int, list[str]]]) -> bytes:
    return b"".join(
        f"{code}{'-' if at < len(lines) - 1 else ' '}{line}\r\n".encode()
        for code, lines in replies
        for at, line in enumerate(lines)
    )


async def _taken_over() -> tuple[Dialogue, socket.socket]:
    """A dialogue with a time of 5 s for a reply, and the other side's socket."""
    near, far = socket.socketpair()
    near.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=near)
    return Dialogue(transport, 5), far


def _hears(dialogue: Dialogue, packet: bytes) -> None:
    """Has a dialogue read octets, as asyncio does it."""
    dialogue.get_buffer(-1)[: len(packet)] = packet
    dialogue.buffer_updated(len(packet))


@given(REPLIES, st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_replies_in_any_packets(replies: list[tuple[int, list[str]]], cuts: list[int]) -> None:
    """Replies are the same however they are cut into packets: several in one, one in several."""

    async def talk() -> list[Reply]:
        dialogue, far = await _taken_over()
        asking = dialogue.ask(Turn(b"X\r\n", [c // 100 for c, _ in replies]))
        rest, sizes = _in_octets(replies), list(cuts)
        while rest:
            length = sizes.pop(0) if sizes else len(rest)
            packet, rest = rest[:length], rest[length:]
            _hears(dialogue, packet)
        came = await asking
        dialogue.end("done")
        await asyncio.sleep(0)
        far.close()
        return came

    assert asyncio.run(talk()) == [
        Reply(code, "\n".join(line for line in lines if line)) for code, lines in replies
    ]


def test_who_asked_was_told_to_stop() -> None:
    """Where nobody waits for the replies any more, no further turn is taken."""

    async def talk() -> bytes:
        dialogue, far = await _taken_over()
        dialogue.ask(Turn(b"DATA\r\n", (3,)), Turn(b"the message\r\n.\r\n")).cancel()
        _hears(dialogue, b"354 go on\r\n")
        dialogue.end("done")
        await asyncio.sleep(0)
        with far:
            return far.recv(1024)

    assert asyncio.run(talk()) == b"DATA\r\n"


def _heard(*packets: bytes) -> tuple[list[Reply], str]:
    """The replies to one command, and why the dialogue has ended after these packets, if it has."""

    async def talk() -> tuple[list[Reply], str]:
        dialogue, far = await _taken_over()
        asking = dialogue.ask(Turn(b"NOOP\r\n"))
        for packet in packets:
            if not dialogue.ended:
                _hears(dialogue, packet)
        came, reason = await asking, dialogue.ended
        dialogue.end("done")
        await asyncio.sleep(0)
        far.close()
        return came, reason

    return asyncio.run(talk())


@pytest.mark.parametrize("half", [b"2", b"250 ", b"250-and more\r\n"])
def test_half_a_reply_that_nobody_asked_for(half: bytes) -> None:
    """It is never kept: "250 " before "550 5.1.1 no" would make a refusal an acceptance."""
    came, reason = _heard(b"250 2.0.0 taken\r\n" + half)
    assert came == [Reply(250, "2.0.0 taken")]
    assert reason.startswith("half a reply that nobody asked for")


@pytest.mark.parametrize(("room", "code"), [(0, 250), (-1, 552)])
def test_exactly_as_large_as_it_takes(room: int, code: int) -> None:
    """SIZE is the size of the largest message that is taken (RFC 1870 section 4)."""
    offers = f"250-localhost\r\n250 SIZE {size([ready(TEXT)]) + room}"
    with Scripted(lambda verb, _: offers if verb == "EHLO" else None) as server:
        outcomes, _ = offered(server, "ada")
    assert outcomes["ada"].code == code


@pytest.mark.parametrize(
    ("packet", "words"),
    [(b"250 one\r\n421 4.3.2 bye\r\n", "421 4.3.2 bye"), (b"Hello!\r\n", "no SMTP reply: Hello!")],
)
def test_why_it_ended(packet: bytes, words: str) -> None:
    """The reason quotes the words that were out of place, and says where they are no reply."""
    assert _heard(packet)[1] == words


def test_a_reply_without_an_end() -> None:
    """A server that never comes to the end of a reply is left, before it fills the memory."""
    line = b"250-" + b"x" * 500 + b"\r\n"
    came, reason = _heard(*[line] * 60, b"250 end\r\n")
    assert ([one.code for one in came], reason) == ([250], "")
    came, reason = _heard(*[line] * 70)
    assert (came, reason) == ([], "a reply without an end")


class _HandLoop(asyncio.SelectorEventLoop):
    """A loop whose clock is set by hand."""

    now = 0.0

    def time(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("packets", "ended"),
    [((b"2", b"50 o"), "no reply in time"), ((b"250 ok\r\n", b"25"), "")],
    ids=["half a reply", "a whole one"],
)
def test_only_a_whole_reply_puts_the_end_off(packets: Sequence[bytes], ended: str) -> None:
    """The time for a reply runs until all of it is there, however many octets come before."""

    async def talk() -> str:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, _HandLoop)
        dialogue, far = await _taken_over()
        dialogue.ask(Turn(b"MAIL and RCPT\r\n", (2, 2)))
        for packet in packets:
            loop.now += 4
            _hears(dialogue, packet)
            for _ in range(3):  # for the timer that is due
                await asyncio.sleep(0)
        reason = dialogue.ended
        dialogue.end("done")
        await asyncio.sleep(0)
        far.close()
        return reason

    with asyncio.Runner(loop_factory=_HandLoop) as runner:
        assert runner.run(talk()) == ended

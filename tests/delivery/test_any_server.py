"""A server that says anything at all before the mail: it ends in one sentence of ours."""

import socket
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.connection import MailServer
from digest.delivery.rehearsal import rehearse
from digest.errors import DigestError

PASSWORD = "geheimnis"
GOOD = (
    b"220 ready\r\n",
    b"250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN\r\n",
    b"250 AUTH=CRAM-MD5\r\n",
    b"334 VXNlcm5hbWU6\r\n",
    b"334 UGFzc3dvcmQ6\r\n",
    b"235 in\r\n",
    b"250 ok\r\n",
)
BAD = (
    *(b"", b"\r\n", b"\n", b"\r", b"\xff\xfe", b"\x00", b"12", b"220 ", b"250-", b"-5 \r\n"),
    *(b"+22 a\r\n", b" 22 a\r\n", b"999 z\r\n", b"354 go\r\n", b"421 go\r\n", b"x" * 9000),
    *(b"535 no \xc3\xbc\r\n", b"334 \xff\xff\r\n", b"\x16\x03\x01", b"\x15\x03\x03"),
    "\u0662\u0662\u0660 hi\r\n".encode(),
)
WORDS = st.one_of(st.sampled_from(GOOD), st.lists(st.sampled_from(GOOD + BAD)).map(b"".join))


def serve(listener: socket.socket, replies: list[bytes]) -> None:
    """Answers the commands of one connection with one of these each."""
    try:
        connection, _ = listener.accept()
        with connection:
            for words in replies:
                connection.sendall(words)
                if not connection.recv(4096):
                    return
    except OSError:
        return


@settings(max_examples=60, deadline=None)
@given(
    st.lists(WORDS, min_size=6, max_size=9).map(lambda later: [GOOD[0], *later])
    | st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["none", "none", "starttls", "tls"]),
    st.booleans(),
)
def test_whatever_is_said(replies: list[bytes], security: str, login: bool) -> None:
    """It is taken for a visit that went well, or told in one sentence without the password."""
    words = ""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, replies), daemon=True)
        thread.start()
        server = MailServer(
            "127.0.0.1",
            listener.getsockname()[1],
            security,
            username="papers" if login else None,
            password=PASSWORD,
            timeout=0.2,
        )
        try:
            rehearse(server, "digest@example.org", "ada@example.org")
        except DigestError as error:
            words = str(error)
            assert "the mail server 127.0.0.1" in words
        thread.join(10)
    assert PASSWORD not in words
    assert words.isprintable()

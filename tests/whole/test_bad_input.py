"""Bad input and failing servers: one sentence, the right exit status, and nothing lost."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from builders import ADA, BOB, DAY, START, paper
from installation import SUBSCRIBERS, Lab, identifiers, parsed, part

from digest.standin.feed import Asked, error_feed, feed
from digest.standin.mailserver import BREAK_OFF, MailStandIn
from digest.standin.server import Reply, Request


def one_sentence(err: str) -> str:
    """Returns standard error, less log lines; it is one line and no traceback."""
    (line,) = (line for line in err.splitlines() if line.startswith("digest: "))
    assert "Traceback" not in err
    return line


def raw(lab: Lab, field: str, value: bytes) -> None:
    """Has arXiv answer with a paper in whose `field` stands `value`, as bytes of XML."""
    marked = paper(1, **{field: "time series MARK"})

    def answer(request: Request) -> Reply:
        asked = Asked(request.params["search_query"], "", 0, 100)
        page = feed(asked, [marked], 1, request.at).replace(b"time series MARK", value)
        return Reply(200, {"content-type": "application/atom+xml"}, page)

    lab.arxiv.intercept = answer


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("title", b"A time series " + b"x" * 1986, "A time series " + "x" * 1986),
        ("title", b"A time series " + b"word " * 397, " ".join(["A time series", *["word"] * 397])),
        (
            "abstract",
            b"a &lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt; z",
            "a </td><script>alert(1)</script> z",
        ),
        ("abstract", b"a\x7f\xc2\x85\xc2\x9bb &#13; c&#9;d", "a b c d"),
        ("abstract", "قال مرحبا \u202e then".encode(), "قال مرحبا \u202e then"),
        ("abstract", b"before&#13;&#10;.&#13;&#10;after", "before . after"),
        ("abstract", b"before\n.\nafter", "before . after"),
        ("abstract", b".", "."),
        ("title", b"..leading dots", "..leading dots"),
    ],
)
def test_odd_metadata(lab: Lab, field: str, value: bytes, shown: str) -> None:
    """Whatever stands in the metadata is shown as text, in both parts, to the last word."""
    raw(lab, field, value)
    result = lab.run("send")
    assert result.status == 0, result.err
    message = lab.mails()[BOB][0]
    assert not message.defects
    assert " ".join(shown.split()) in " ".join(part(message, "plain").split())
    assert identifiers(message) == ["2611.00001v1"]
    html = part(message, "html")
    assert "<script" not in html
    for received in lab.mail.received:
        assert max(map(len, received.data.split(b"\r\n"))) <= 998
        assert b"\n" not in received.data.replace(b"\r\n", b"")


@pytest.mark.parametrize("entity", [b"&#xD800;", b"\xed\xa0\x80", b"\x00", b"&#1;"])
def test_what_is_no_xml(lab: Lab, entity: bytes) -> None:
    """Surrogates and control characters that XML forbids are a broken answer."""
    raw(lab, "abstract", b"a " + entity + b" b")
    result = lab.run("send")
    assert result.status == 75
    assert "broken or half a feed" in result.out
    assert lab.mail.received == []
    lab.arxiv.intercept = None
    lab.publish(paper(1))
    assert lab.run("send").status == 0
    assert identifiers(lab.mails()[BOB][0]) == ["2611.00001v1"]


def test_a_name_with_a_line_break(lab: Lab) -> None:
    """A subscriber's name cannot bring a header in: it is a mistake with file and line."""
    lab.subscribe(
        "keywords:\n  Time Series:\nsubscribers:\n  - email: a@example.org\n"
        '    name: "Ada\\r\\nBcc: eve@example.org"\n'
    )
    result = lab.run("send")
    assert result.status == 78
    assert "subscribers.yaml" in result.err
    assert "line 5" in result.err or ":5" in result.err
    assert lab.arxiv.requests == []


def test_an_address_beyond_ascii(lab: Lab) -> None:
    """Non-ASCII in local part and domain is delivered where the server offers SMTPUTF8."""
    lab.subscribe("keywords:\n  Time Series:\nsubscribers:\n  - email: zoë@bücher.example\n")
    lab.publish(paper(1))
    result = lab.run("send")
    assert result.status == 0, result.err
    (received,) = lab.mail.received
    assert received.recipients == ("zoë@xn--bcher-kva.example",)
    assert "zoë@xn--bcher-kva.example" in str(parsed(received.data)["To"])


def test_an_address_that_the_server_cannot_take(lab: Lab) -> None:
    """Without SMTPUTF8 that reader is told of, and the others get their mail."""
    lab.subscribe(
        "keywords:\n  Time Series:\nsubscribers:\n"
        "  - email: zoë@bücher.example\n  - email: ada@bücher.example\n"
    )
    lab.publish(paper(1))
    with MailStandIn(smtputf8=False) as old:
        result = lab.run("send", DIGEST_SMTP_PORT=str(old.port))
        assert result.status == 69
        assert [one.recipients for one in old.received] == [("ada@xn--bcher-kva.example",)]
    assert "offers no SMTPUTF8" in result.err


def test_no_mail_server(lab: Lab) -> None:
    """A server that is not there: try again later, the digest is kept and goes out unchanged."""
    lab.publish(paper(1))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = lab.run("send", "--json", DIGEST_SMTP_PORT=str(taken.getsockname()[1]))
    assert result.status == 75
    assert "cannot be reached" in one_sentence(result.err)
    waiting = {line["address"]: line["message_id"] for line in result.data["digests"]}
    lab.clock.moment += DAY
    lab.publish(paper(2, updated=lab.clock.moment))
    assert lab.run("send").status == 0
    first, second = lab.mails()[ADA]
    assert first["Message-ID"] == waiting[ADA]
    assert (identifiers(first), identifiers(second)) == (["2611.00001v1"], ["2611.00002v1"])


def test_login_refused(lab: Lab) -> None:
    """A refused login: status 69, no password in sight, and the digests are kept."""
    lab.publish(paper(1))
    secret = "open sesame 123"
    login = {"DIGEST_SMTP_USERNAME": "digest", "DIGEST_SMTP_PASSWORD": secret}
    with MailStandIn(login=("digest", "another")) as server:
        result = lab.run("send", "--verbose", DIGEST_SMTP_PORT=str(server.port), **login)
        assert server.received == []
    assert result.status == 69
    assert "refuses the login" in result.err
    assert secret not in result.err + result.out
    assert lab.run("send").status == 0
    assert identifiers(lab.mails()[ADA][0]) == ["2611.00001v1"]


def test_one_of_three_refused(lab: Lab) -> None:
    """One refused recipient does not stop the others, and is told of by name and reply."""
    lab.subscribe(
        "keywords:\n  Time Series:\nsubscribers:\n"
        "  - email: ada@example.org\n  - email: bob@example.net\n  - email: cyd@example.org\n"
    )
    lab.publish(paper(1))
    lab.mail.recipient_reply = lambda to: "550 5.1.1 no such user" if to == BOB else None
    result = lab.run("send")
    assert result.status == 69
    assert "bob@example.net: refused: " in result.out
    assert "550 5.1.1 no such user" in result.out
    assert sorted(lab.mails()) == [ADA, "cyd@example.org"]
    assert "550" in lab.run("status").out
    lab.mail.recipient_reply = lambda _: None
    lab.clock.moment += DAY
    lab.publish(paper(2, updated=lab.clock.moment))
    assert lab.run("send").status == 0
    assert sorted(identifiers(lab.mails()[BOB][0])) == ["2611.00001v1", "2611.00002v1"]


@pytest.mark.parametrize("reply", ["450 4.2.0 greylisted", "451 4.3.0 not now"])
def test_not_now(lab: Lab, reply: str) -> None:
    """A temporary refusal after the data: status 75, and the same message goes out later."""
    lab.publish(paper(1))
    offered: list[bytes] = []

    def refuse(received: object) -> str:
        offered.append(received.data)  # type: ignore[attr-defined]
        return reply

    lab.mail.data_reply = refuse
    result = lab.run("send", "--to", ADA)
    assert result.status == 75
    assert f"deferred: {reply}" in result.out or reply in result.out
    lab.mail.data_reply = lambda _: None
    lab.clock.moment += DAY
    assert lab.run("send", "--to", ADA).status == 0
    assert lab.mail.received[0].data == offered[0]


def test_dropped_after_the_final_dot(lab: Lab) -> None:
    """A message whose fate nobody knows comes again with the same bytes, not in another."""
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: BREAK_OFF
    assert lab.run("send", "--to", ADA).status == 75
    lab.mail.data_reply = lambda _: None
    lab.clock.moment += DAY
    lab.publish(paper(2, updated=lab.clock.moment))
    assert lab.run("send", "--to", ADA).status == 0
    first, again, newer = (one.data for one in lab.mail.received)
    assert first == again
    assert identifiers(parsed(newer)) == ["2611.00002v1"]


def test_dropped_after_the_final_dot_and_then_refused(lab: Lab) -> None:
    """A refusal of what may have been taken breaks nothing up: no paper comes in two messages."""
    lab.publish(paper(1))
    lab.mail.data_reply = lambda _: BREAK_OFF
    assert lab.run("send", "--to", ADA).status == 75
    lab.mail.data_reply = lambda _: None
    lab.mail.recipient_reply = lambda _: "550 5.1.1 no such user"
    lab.clock.moment += DAY
    lab.publish(paper(2, updated=lab.clock.moment))
    assert lab.run("send", "--to", ADA).status == 69
    lab.mail.recipient_reply = lambda _: None
    lab.clock.moment += DAY
    assert lab.run("send", "--to", ADA).status == 0
    first, again, newer = (one.data for one in lab.mail.received)
    assert first == again
    assert identifiers(parsed(newer)) == ["2611.00002v1"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty body"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "a web page"),
        (b"half", "half a feed"),
        (b'{"a": 1}', "half a feed"),
    ],
)
def test_a_listing_that_is_none(lab: Lab, content: bytes, words: str) -> None:
    """A saved page that is empty, HTML or half a feed is bad input, and nothing is recorded."""
    file = lab.home / "page.xml"
    if content == b"half":
        whole = feed(Asked("all:x", "", 0, 10), [paper(1), paper(2)], 2, lab.clock.moment)
        content = whole[: len(whole) // 2]
    file.write_bytes(content)
    result = lab.run("send", "--listing", str(file))
    assert result.status == 65
    assert words in one_sentence(result.err)
    assert str(file) in result.err
    assert lab.mail.received == []


def test_a_listing_that_is_not_there(lab: Lab) -> None:
    """A saved page that cannot be read is bad input."""
    for file in ("nowhere.xml", str(lab.home)):
        result = lab.run("send", "--listing", file)
        assert result.status == 65
        assert file in one_sentence(result.err)


def test_arxiv_fails(lab: Lab) -> None:
    """When arXiv refuses, nothing is mailed as if it were a quiet day, and nothing is lost."""
    lab.publish(paper(1))
    lab.arxiv.intercept = lambda _: Reply(406, {}, b"")
    result = lab.run("send")
    assert result.status == 75
    assert "NOT COMPLETE: arXiv answered with HTTP status 406" in result.out
    assert lab.mail.received == []
    assert "406" in lab.run("status").out
    lab.arxiv.intercept = None
    assert lab.run("send").status == 0
    assert identifiers(lab.mails()[BOB][0]) == ["2611.00001v1"]


def test_one_keyword_fails(lab: Lab) -> None:
    """The papers of the others go out, and the mail says what is missing."""
    lab.publish(paper(1), paper(2, "Trajectory", abstract="A trajectory."))

    def broken(request: Request) -> Reply | None:
        return Reply(503, {}, b"") if "Trajectory" in request.params["search_query"] else None

    lab.arxiv.intercept = broken
    assert lab.run("send").status == 75
    (message,) = lab.mails()[ADA]
    assert identifiers(message) == ["2611.00001v1"]
    assert "Trajectory could not be fetched completely" in " ".join(part(message, "plain").split())
    lab.arxiv.intercept = None
    assert lab.run("send").status == 0
    assert identifiers(lab.mails()[ADA][1]) == ["2611.00002v1"]


def test_a_query_that_arxiv_refuses(lab: Lab) -> None:
    """A query that arXiv alone finds wrong: arXiv's words, status 69, the others go on."""
    lab.subscribe(
        "keywords:\n  Time Series:\n  Mine: {query: 'ti:odd'}\n"
        "subscribers:\n  - email: ada@example.org\n"
    )
    lab.publish(paper(1))
    answer = Reply(400, {}, error_feed("malformed query", START))
    lab.arxiv.intercept = lambda asked: answer if "odd" in asked.params["search_query"] else None
    result = lab.run("send")
    assert result.status == 69
    assert "arXiv refuses the query: malformed query" in result.out
    assert identifiers(lab.mails()[ADA][0]) == ["2611.00001v1"]


def test_a_query_that_cannot_be_read(lab: Lab) -> None:
    """A query that arXiv would refuse is a mistake with its line, before arXiv is asked."""
    lab.subscribe(
        "keywords:\n  Time Series:\n  Mine: {query: 'ti:(x'}\nsubscribers: [ada@example.org]\n"
    )
    result = lab.run("send")
    assert result.status == 78
    assert ":3: query: arXiv cannot read it, since a parenthesis is not closed" in result.err
    assert lab.arxiv.requests == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"keywords:\n\tA:\n", "tab"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"keywords: [a\n", "subscribers.yaml"),
        (b"keywords: &a {A: *a}\n", "subscribers.yaml"),
    ],
)
def test_subscribers_that_cannot_be_read(lab: Lab, content: bytes, words: str) -> None:
    """A file that cannot be used is named, with status 78, before arXiv is asked."""
    (lab.home / "subscribers.yaml").write_bytes(content)
    result = lab.run("send")
    assert result.status == 78
    assert words in result.err
    assert "Traceback" not in result.err
    assert lab.arxiv.requests == []


def test_a_damaged_state(lab: Lab) -> None:
    """A state that is garbage is reported and left as it is: nobody is mailed everything again."""
    lab.publish(paper(1))
    lab.run("send")
    lab.state.write_bytes(b"{garbage")
    result = lab.run("send")
    assert result.status == 74
    assert "is damaged" in one_sentence(result.err)
    assert lab.state.read_bytes() == b"{garbage"
    assert len(lab.mail.received) == 2


def test_no_state_directory(lab: Lab, tmp_path: Path) -> None:
    """A directory that is not there is named, with what to do."""
    result = lab.run("send", "--state", str(tmp_path / "none" / "state.json"))
    assert result.status == 74
    assert "is not there: make it" in one_sentence(result.err)


def test_verbose_shows_the_traceback(lab: Lab) -> None:
    """Only with --verbose an error comes with its traceback."""
    assert "Traceback" in lab.run("--verbose", "send", "--listing", "nowhere").err
    assert "Traceback" not in lab.run("send", "--listing", "nowhere").err


@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        (">/dev/full", 74, "its output cannot be written (No space left on device)"),
        (">&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_standard_output(lab: Lab, redirection: str, status: int, said: str) -> None:
    """A full standard output is said so; a closed one, or a reader who has left, is no error."""
    command = f"set -o pipefail; {sys.executable} -m digest status {redirection}"
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PATH": os.environ["PATH"], **lab.environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_both_files_at_once(lab: Lab) -> None:
    """Mistakes in the settings do not hide those in subscribers.yaml."""
    lab.subscribe("keywords:\n  A:\nsubscribers:\n  - email: nobody\n")
    result = lab.run("check", "--offline", DIGEST_SMTP_PORT="x")
    assert result.status == 78
    assert "DIGEST_SMTP_PORT" in result.err
    assert "subscribers.yaml:4" in result.err


def test_nothing_new_as_far_as_is_known(lab: Lab) -> None:
    """Where arXiv fails nobody is told that there is nothing new without that being said."""
    assert "ada@example.org: nothing new\n" in lab.run("send").out
    lab.arxiv.intercept = lambda _: Reply(406, {}, b"")
    assert "held back for arXiv: nothing new in what could be fetched\n" in lab.run("send").out


def test_tls_where_there_is_none(lab: Lab) -> None:
    """A port that does not speak TLS from the start is said to be one, with what to set."""
    result = lab.run("check", DIGEST_SMTP_SECURITY="tls")
    assert result.status == 69
    assert "does not speak TLS from the start" in result.out + result.err
    assert "DIGEST_SMTP_SECURITY to starttls" in result.out + result.err


def test_who_goes_while_a_digest_waits(lab: Lab) -> None:
    """A digest that waits for a reader who goes is not offered, and is there when they return."""
    lab.publish(paper(1))
    lab.mail.recipient_reply = lambda _: "450 later"
    assert lab.run("send").status == 75
    lab.mail.recipient_reply = lambda _: None
    lab.subscribe("keywords:\n  Time Series:\nsubscribers:\n  - email: ada@example.org\n")
    assert lab.run("send").status == 0
    assert set(lab.mails()) == {"ada@example.org"}
    lab.subscribe(SUBSCRIBERS)
    assert lab.run("send").status == 0
    assert identifiers(lab.mails()["bob@example.net"][0]) == ["2611.00001v1"]
    assert len(lab.mail.received) == 2


def test_a_file_without_an_end(lab: Lab) -> None:
    """A file that never ends is not read for ever."""
    changes = {"DIGEST_SMTP_USERNAME": "ada", "DIGEST_SMTP_PASSWORD_FILE": "/dev/zero"}
    result = lab.run("check", "--offline", **changes)
    assert result.status == 78
    assert "/dev/zero has more than 256 MB" in result.err


@pytest.mark.parametrize("reply", [BREAK_OFF, "451 4.3.0 lookup failure"])
def test_a_few_in_the_way_of_all(lab: Lab, reply: str) -> None:
    """Readers whose messages end every connection do not keep others from theirs for long."""
    bad = [f"bad{n}@example.org" for n in range(3 if reply == BREAK_OFF else 105)]
    good = [f"good{n}@example.org" for n in range(10)]
    listed = "".join(f"  - email: {address}\n" for address in bad + good)
    lab.subscribe(f"keywords:\n  Time Series:\nsubscribers:\n{listed}")
    lab.publish(paper(1))
    lab.mail.data_reply = lambda message: reply if message.recipients[0] in bad else None
    for _ in range(2):
        assert lab.run("send", DIGEST_SMTP_CONNECTIONS="1").status == 75
        lab.clock.moment += DAY / 24
    assert set(good) <= set(lab.mails())


def test_a_keyword_that_is_not_theirs(lab: Lab) -> None:
    """A reader of none of the chosen keywords gets no mail, also where empty ones are wanted."""
    lab.subscribe(
        "keywords:\n  Time Series:\n  Trajectory:\ndefaults: {empty: send}\nsubscribers:\n"
        "  - {email: ada@example.org, keywords: [Trajectory]}\n  - email: bob@example.net\n"
    )
    assert lab.run("send", "--keyword", "Time Series").status == 0
    assert set(lab.mails()) == {BOB}

"""`digest send` from one end to the other, with HTTP and SMTP on loopback."""

import re

from builders import DAY, paper
from installation import Lab, identifiers, part


def test_first_and_second_day(lab: Lab) -> None:
    """Each reader gets what is new, in a mail of their own, and the next day only newer papers."""
    lab.publish(paper(1), paper(2, "Trajectory of a time series", abstract="A trajectory."))
    first = lab.run("send")
    assert first.status == 0, first.err
    mails = lab.mails()
    assert identifiers(mails["ada@example.org"][0]) == [
        "2611.00001v1",
        "2611.00002v1",
        "2611.00002v1",
    ]
    assert identifiers(mails["bob@example.net"][0]) == ["2611.00001v1", "2611.00002v1"]
    lab.clock.moment += DAY
    lab.publish(paper(3, updated=lab.clock.moment - DAY / 2))
    assert lab.run("send").status == 0
    second = {address: messages[1:] for address, messages in lab.mails().items()}
    assert [identifiers(m) for m in second["ada@example.org"]] == [["2611.00003v1"]]
    assert [identifiers(m) for m in second["bob@example.net"]] == [["2611.00003v1"]]


def test_nothing_new(lab: Lab) -> None:
    """A second run at once mails nobody."""
    lab.publish(paper(1))
    lab.run("send")
    again = lab.run("send")
    assert again.status == 0 or "not complete" in again.out.lower(), again.err
    assert len(lab.mail.received) == 2


def test_one_reader_a_message(lab: Lab) -> None:
    """Every message is addressed to one reader, and names no other anywhere."""
    lab.publish(paper(1))
    lab.run("send")
    addresses = {"ada@example.org", "bob@example.net"}
    for received in lab.mail.received:
        (own,) = received.recipients
        (other,) = addresses - {own}
        assert other.encode() not in received.data
        assert own.encode() not in received.data.partition(b"\r\n\r\n")[2]


def test_the_mail_mirrors_the_table(lab: Lab) -> None:
    """Title, date, abstract and comment of a paper stand in both parts."""
    lab.publish(paper(1, "A rare title on time series"))
    lab.run("send")
    message = lab.mails()["bob@example.net"][0]
    for kind in ("plain", "html"):
        text = re.sub("</?mark>", "", part(message, kind))
        for fact in ("A rare title on time series", "2026-11-15", "We look at", "9 pages"):
            assert fact in text, (kind, fact)


def test_one_request_a_keyword_a_day(lab: Lab) -> None:
    """Once it is settled a day costs one request a keyword, though a month is read again."""
    for day in range(60):
        for number in range(12):
            dated = lab.clock.moment - day * DAY
            lab.publish(paper(1 + day * 12 + number, updated=dated), visible_from=dated)
    lab.run("send")
    assert len(lab.arxiv.requests) > 2
    for day in range(1, 4):
        lab.arxiv.requests.clear()
        lab.clock.moment += DAY
        lab.publish(*(paper(5000 + day * 20 + n, updated=lab.clock.moment) for n in range(20)))
        assert lab.run("send").status == 0
        asked = [request.params["search_query"] for request in lab.arxiv.requests]
        assert len(asked) == len(set(asked)) == 2
    assert len(identifiers(lab.mails()["bob@example.net"][-1])) == 20


def test_pages_while_there_is_something_unseen(lab: Lab) -> None:
    """The pages go on as long as they bring what was not seen, however far back that is."""
    lab.run("send")
    for number in range(450):
        lab.publish(paper(1 + number, updated=lab.clock.moment - DAY / 2))
    lab.arxiv.requests.clear()
    lab.clock.moment += DAY
    assert lab.run("send", "--keyword", "Time Series").status == 0
    starts = [int(request.params["start"]) for request in lab.arxiv.requests]
    assert starts == [0, 100, 300]
    assert "450 new papers" in str(lab.mails()["bob@example.net"][-1]["Subject"])

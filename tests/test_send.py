"""`digest send` from one end to the other, with HTTP and SMTP on loopback."""

from lab import DAY, Lab, identifiers, paper, part


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
        text = part(message, kind)
        for fact in ("A rare title on time series", "2026-11-15", "We look at", "9 pages"):
            assert fact in text, (kind, fact)

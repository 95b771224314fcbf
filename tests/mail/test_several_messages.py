"""A digest that does not fit into one message: as many as it takes, each once, in order."""

import re
from collections import Counter

import pytest
from builders import ADA, DAY, START, paper
from installation import Lab, identifiers, parsed, part

from digest.mail.message import HTML_LIMIT, LIMIT
from digest.standin.mailserver import BREAK_OFF, Received

ONE = "keywords: {Time Series: }\nsubscribers: [{email: ada@example.org}]\n"


def busy_day(lab: Lab, count: int = 600) -> None:
    """So many papers in a day, with titles and abstracts of arXiv's length."""
    lab.subscribe(ONE)
    lab.publish(
        *(
            paper(
                number,
                f"Time series number {number} on something with a long and winding name",
                abstract=f"We look at sample {number}. " + "A sentence of a usual length. " * 40,
            )
            for number in range(1, count + 1)
        )
    )


def parts_of(lab: Lab) -> list[Received]:
    """Returns the messages that arrived, each once."""
    return list({one.data: one for one in lab.mail.received}.values())


def papers_in(messages: list[Received]) -> Counter[str]:
    """How often each paper stands in these messages."""
    return Counter(one for each in messages for one in set(identifiers(parsed(each.data))))


def test_six_hundred_papers(lab: Lab) -> None:
    """Each is in one of the messages, which say which they are and have IDs of their own."""
    busy_day(lab)
    result = lab.run("send", "--json")
    assert result.status == 0
    messages = lab.mail.received
    count = len(messages)
    assert count > 1
    assert papers_in(messages) == Counter({f"2611.{n:05}v1": 1 for n in range(1, 601)})
    assert len({parsed(one.data)["Message-ID"] for one in messages}) == count
    for number, one in enumerate(messages, start=1):
        assert len(one.data) <= LIMIT
        message = parsed(one.data)
        assert len(part(message, "html").encode()) <= HTML_LIMIT
        assert f"({number} of {count}): 600 new papers" in message["Subject"]
        plain = " ".join(part(message, "plain").split())
        assert f"This is mail {number} of {count} of this digest" in plain
        assert f"This was mail {number} of {count} of this digest" in plain
    (line,) = result.data["digests"]
    assert (line["papers"], line["messages"], line["status"]) == (600, count, "accepted")
    assert lab.run("send").status == 0
    assert len(lab.mail.received) == count


def test_sixty_keywords_that_find_the_same(lab: Lab) -> None:
    """A paper is printed once where there is no room to name it under each of its keywords."""
    names = [f"Sample {number}" for number in range(60)]
    keywords = "".join(f"  {name}: {{query: 'abs:\"time series\"'}}\n" for name in names)
    lab.subscribe(f"keywords:\n{keywords}subscribers: [{{email: {ADA}}}]\n")
    lab.publish(*(paper(n, abstract="A time series. " * 30) for n in range(1, 61)))
    assert lab.run("send").status == 0
    messages = lab.mail.received
    assert papers_in(messages) == Counter({f"2611.{n:05}v1": 1 for n in range(1, 61)})
    text = " ".join(" ".join(part(parsed(one.data), "plain").split()) for one in messages)
    assert "60 more that this keyword found as well: they stand under Sample 0" in text


@pytest.mark.parametrize(
    ("reply", "failing"),
    [
        ("451 4.3.0 later", 1),
        ("550 5.1.1 no", 2),
        (BREAK_OFF, 2),
        pytest.param("451 4.3.0 later", 2, marks=pytest.mark.long),
        pytest.param("550 5.1.1 no", 1, marks=pytest.mark.long),
        pytest.param(BREAK_OFF, 1, marks=pytest.mark.long),
    ],
)
def test_one_of_them_fails(lab: Lab, failing: int, reply: str) -> None:
    """An accepted message is never offered again; the rest comes the next day, with its news."""
    busy_day(lab)
    seen: list[str] = []

    def answer(received: Received) -> str | None:
        identifier = str(parsed(received.data)["Message-ID"])
        if identifier not in seen:
            seen.append(identifier)
        return reply if seen.index(identifier) + 1 == failing else None

    lab.mail.data_reply = answer
    assert lab.run("send").status in (69, 75)
    lab.mail.data_reply = lambda _: None
    lab.clock.moment = START + DAY
    lab.publish(paper(601, updated=lab.clock.moment))
    assert lab.run("send").status == 0
    accepted = parts_of(lab)
    assert papers_in(accepted) == Counter({f"2611.{n:05}v1": 1 for n in range(1, 602)})
    copies = Counter(one.data for one in lab.mail.received)
    assert max(copies.values()) <= (2 if reply == BREAK_OFF else 1)


def test_in_order(lab: Lab) -> None:
    """The second message is not offered while the first one waits."""
    busy_day(lab)
    offered: list[str] = []

    def later(received: Received) -> str:
        offered.append(str(parsed(received.data)["Subject"]))
        return "452 4.2.2 mailbox full"

    lab.mail.data_reply = later
    assert lab.run("send").status == 75
    assert offered
    assert all("(1 of " in subject for subject in offered)


def test_fewer_in_full_when_the_reader_wants(lab: Lab) -> None:
    """With `most` the newest so many papers are in full, and the rest follows as titles."""
    busy_day(lab, 12)
    lab.subscribe(ONE.replace("{email: ada@example.org}", "{email: ada@example.org, most: 5}"))
    assert lab.run("send").status == 0
    (received,) = lab.mail.received
    text = part(parsed(received.data), "plain")
    assert text.count("We look at sample") == 5
    assert papers_in([received]) == Counter({f"2611.{n:05}v1": 1 for n in range(1, 13)})
    assert "As you chose, 7 papers with the title alone." in " ".join(text.split())


def test_no_message_without_a_paper(lab: Lab) -> None:
    """Where keywords find the same papers, each message prints papers of its own."""
    names = ("Time Series", "Sample", "Series")
    keywords = "".join(f"  {name}: {{query: 'abs:\"time series\"'}}\n" for name in names)
    lab.subscribe(f"keywords:\n{keywords}subscribers: [{{email: {ADA}}}]\n")
    title = "Time series number {} on something with a long and winding name"
    lab.publish(*(paper(number, title.format(number)) for number in range(1, 451)))
    assert lab.run("send").status == 0
    papers = [papers_in([one]) for one in lab.mail.received]
    assert all(papers)
    assert sum(papers, Counter()) == Counter({f"2611.{n:05}v1": 1 for n in range(1, 451)})
    for received, printed in zip(lab.mail.received, papers, strict=True):
        text = " ".join(part(parsed(received.data), "plain").split())
        told = re.search(r"(\d+) papers? with the title alone", text)
        assert int(told[1]) <= len(printed) if told else True

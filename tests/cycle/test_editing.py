"""The edition of a reader, seen in the mail."""

from builders import ADA, paper, subscribers
from installation import Lab, parsed, part


def test_a_namesake(lab: Lab) -> None:
    """Where only initials agree with an author's name, both parts of the mail say so."""
    lab.subscribe(subscribers(ADA, keywords={"Noether": {"author": "Emmy Noether"}}))
    lab.publish(
        paper(1, "Ideals in full", authors=("Amalie Emmy Noether",)),
        paper(2, "Invariants by initials", authors=("David Hilbert", "E. Noether")),
    )
    assert lab.run("send").status == 0
    (message,) = lab.mail.received
    for kind in ("plain", "html"):
        text = part(parsed(message.data), kind)
        assert text.count("may be a namesake") == 1
        between = text[text.index("Invariants by initials") : text.index("may be a namesake")]
        assert between
        assert "Ideals in full" not in between


def test_no_namesake_of_a_phrase(lab: Lab) -> None:
    """A keyword that looks for words says nothing about authors."""
    lab.subscribe(subscribers(ADA, keywords={"E Noether": None}))
    lab.publish(paper(1, "On E Noether", authors=("E. Noether",)))
    assert lab.run("send").status == 0
    (message,) = lab.mail.received
    assert "namesake" not in part(parsed(message.data), "plain")

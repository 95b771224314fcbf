"""The mail to the operator is a text, and the same text as a page."""

import email
import email.policy
import html
from datetime import UTC, datetime

from digest.mail.message import Sender
from digest.service.operator_mail import trial_mail, trouble_mail

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
SENDER = Sender("Papers <papers@example.org>", None, None, None)


def parts(data: bytes) -> tuple[str, str]:
    """The text and the page of a message."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    text, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert page
    return text.get_content().replace("\r\n", "\n"), page.get_content().replace("\r\n", "\n")


def test_what_servers_say_is_escaped() -> None:
    """Words of a mail server or of arXiv cannot become a part of the page."""
    line = "<script>alert('1')</script> & \"schön\" {{ text }}"
    text, page = parts(trouble_mail([line], "ada@example.org", SENDER, NOW).data())
    assert f"- {line}" in text
    assert "<script>" not in page
    assert f"- {line}" in html.unescape(page)


def test_the_page_is_ascii_with_short_lines() -> None:
    """The page travels as it is, however long a line is and whatever letters it has."""
    data = trouble_mail(["素粒子 " * 200], "ada@example.org", SENDER, NOW).data()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert parts(data)[1].isascii()


def test_the_page_says_what_the_text_says() -> None:
    """The text of the test mail stands in the page, line by line."""
    text, page = parts(trial_mail("ada@example.org", SENDER, NOW).data())
    assert text.strip() in html.unescape(page)
    assert "Sent 2026-11-26 08:00:00 UTC" in page

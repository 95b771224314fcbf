"""Puts a message together for delivery, from the reader's own lines and the shared ones."""

from functools import lru_cache

from digest.delivery.wire import Content, ready
from digest.mail.message import shared_lines

_EDITIONS = 16
"""The number of editions held ready for sending, of up to 100 KB each."""


def spliced(own_head: str, head: str, body: str) -> tuple[Content, Content]:
    """The content of a message: the reader's own lines, and the lines that all readers share."""
    return ready(own_head.encode()), _shared(head, body)


@lru_cache(maxsize=_EDITIONS)
def _shared(head: str, body: str) -> Content:
    return ready(shared_lines(head, body))

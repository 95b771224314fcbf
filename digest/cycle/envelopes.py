"""Puts a message together for delivery: a reader's own lines, and those that all readers share."""

from functools import lru_cache

from digest.delivery.wire import Content, ready
from digest.mail.message import shared_lines

_EDITIONS = 16
"""So many are kept ready for the wire, of up to 100 KB each."""


def spliced(own_head: str, head: str, body: str) -> tuple[Content, Content]:
    """A message's content: its reader's own lines, and those that all readers share."""
    return ready(own_head.encode()), _shared(head, body)


@lru_cache(maxsize=_EDITIONS)
def _shared(head: str, body: str) -> Content:
    return ready(shared_lines(head, body))

"""Decides when a reader's pause, after three refusals in a row, ends.

The pause ends when the sender or the mail server is not the one of the last refusal, and after a
month in any case. After one more refusal the pause begins anew.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from digest.clock import Moment
from digest.store.events import Resumed
from digest.store.records import SubscriberRecord

A_MONTH = timedelta(days=30)


def fingerprint(*facts: object) -> str:
    """A short name for the sender and server, the same for the same facts; holds no secret."""
    import hashlib  # noqa: PLC0415 (loads OpenSSL, which `digest status` need not wait for)

    return hashlib.sha256("\n".join(map(str, facts)).encode()).hexdigest()[:16]


def ended(
    reader: Callable[[str], SubscriberRecord | None],
    addresses: Iterable[str],
    under: str,
    at: Moment,
) -> list[Resumed]:
    """The events for pauses that have ended.

    Args:
        reader: returns the record of an address, None where it is not known.
        addresses: the readers to look at.
        under: the fingerprint of the present sender and server, "" where it is not known.
        at: the present.
    """
    known = ((address, reader(address)) for address in addresses)
    return [
        Resumed(address, at)
        for address, record in known
        if record is not None and record.paused and _is_over(record, under, at)
    ]


def _is_over(record: SubscriberRecord, under: str, at: Moment) -> bool:
    before = record.refused_under
    if under and before and under != before:
        return True
    return record.trouble is None or at - record.trouble.at >= A_MONTH

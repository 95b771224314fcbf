"""Brings what the state knows up to what the configuration says."""

import logging
from datetime import timedelta

from digest.config import Subscriptions
from digest.events import Unsubscribed
from digest.pauses import ended
from digest.query import arxiv_query
from digest.recording import Recorder
from digest.selection import changes
from digest.times import Moment
from digest.wording import logfmt

log = logging.getLogger(__name__)


def reconcile(
    recorder: Recorder, subscriptions: Subscriptions, at: Moment, under: str = ""
) -> None:
    """Records what the configuration has changed: keywords and readers come and gone.

    So are the pauses that are over; `under` is the fingerprint of the sender and the server. Of a
    digest that waited for who has gone it is logged that it goes with them.
    """
    ledger = recorder.ledger
    events = changes(
        ledger,
        {keyword.name: arxiv_query(keyword) for keyword in subscriptions.keywords},
        {reader.address_key: reader.keywords for reader in subscriptions.subscribers},
        since=at - timedelta(days=subscriptions.first_days),
        at=at,
    )
    left = {event.address for event in events if isinstance(event, Unsubscribed)}
    waiting = {address for address in left if ledger.records.subscribers[address].pending}
    recorder.record(*events)
    addresses = (reader.address_key for reader in subscriptions.subscribers)
    resumed = ended(ledger.records.subscribers, addresses, under, at)
    recorder.record(*resumed)
    for address in sorted(waiting):
        if ledger.records.subscribers[address].pending is None:
            reason = "no subscriber any more, and a digest was waiting"
            log.warning(logfmt("dropped", recipient=address, reason=reason))

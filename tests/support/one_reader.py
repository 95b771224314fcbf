"""One reader, Ada, of one keyword, K: the configuration of it, and the ledger after some events."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
from builders import ADA, DAY, HOUR, opened, schedule, subscribed

from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriber, Subscriptions
from digest.store.events import Event, Served
from digest.store.ledger import Ledger
from digest.store.readings import Fetched

# A Tuesday in New York, where it is five hours earlier: what was announced on Monday evening came
# to the API at 05:00 UTC.
SLOT = datetime(2026, 11, 17, 8, tzinfo=UTC)


def reader(zone: str = "UTC", at: str = "08:00", days: str = "01234") -> Subscriber:
    """The reader of the keyword K."""
    return builders.reader(ADA, "K", schedule=schedule(at, zone, days))


def configured(*readers: Subscriber, patience: timedelta = 2 * HOUR) -> Subscriptions:
    """A configuration with one keyword."""
    return Subscriptions((Keyword("K"),), readers or (reader(),), 7, ZoneInfo("UTC"), patience)


def ledger(*events: Event, served: datetime | None = SLOT - DAY) -> Ledger:
    """The store's ledger of K and Ada after these events."""
    known = Ledger()
    begun = (opened("K", since=SLOT - 90 * DAY), subscribed(ADA, "K", since=None, at=None))
    for event in (*begun, *events):
        known.apply(event)
    if served:
        known.apply(Served(ADA, slot=served))
    return known


def fetched(at: datetime, reason: str = "") -> Fetched:
    """A fetch without papers, complete unless there is a reason why not."""
    return builders.fetched("K", at=at, reason=reason)

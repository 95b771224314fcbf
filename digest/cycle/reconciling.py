"""Brings the state up to the configuration."""

from digest.clock import Moment
from digest.model.subscriber import Subscriptions
from digest.selection.changes import Wanted, changes
from digest.selection.pauses import ended
from digest.source.source import Language
from digest.store.recorder import Recorder


def reconcile(
    recorder: Recorder,
    subscriptions: Subscriptions,
    language: Language,
    at: Moment,
    under: str = "",
) -> None:
    """Records the changes of the configuration: keywords and readers that come, go or return.

    It also ends the pauses that are over; `under` is the fingerprint of the sender and the server.
    `language` writes the queries.
    """
    wanted = Wanted(
        name=subscriptions.file,
        queries={keyword.name: language.query(keyword) for keyword in subscriptions.keywords},
        readers={reader.address_key: reader.keywords for reader in subscriptions.subscribers},
        first_days=subscriptions.first_days,
    )
    recorder.append(*changes(recorder.known, wanted, at))
    recorder.append(*ended(recorder.known.reader, wanted.readers, under, at))

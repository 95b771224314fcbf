"""Finds earlier refusals with the same words, where the words do not say whom they concern."""

from collections import Counter
from datetime import UTC, datetime

from digest.delivery.meaning import common_words
from digest.store.known import Known
from digest.store.records import SubscriberRecord

_FEW = 10
"""The most readers with the same words for these to be a precedent for one reader."""


class Precedents:
    """The last refusals of all readers. It reads the state at the first question."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._accepted: datetime | None = None
        self._met: dict[str, str] = {}
        self._often: Counter[str] = Counter()

    def own(self, key: str, words: str) -> bool:
        """Returns whether the reader was refused in these words, and others accepted since.

        If many readers have met the words, the result is False: a server may refuse all messages
        after some number of them.
        """
        self._look()
        record = self._known.reader(key)
        if record is None or record.trouble is None or self._met.get(key) != words:
            return False
        return self._since(record) and self._often[words] <= _FEW

    def others(self, words: str) -> frozenset[str]:
        """The readers who were refused in these words, if no reader was accepted since."""
        self._look()
        return frozenset(
            key
            for key, met in self._met.items()
            if met == words and not self._since(self._known.known_reader(key))
        )

    def _since(self, record: SubscriberRecord) -> bool:
        """Returns whether any reader was accepted after this reader's last refusal."""
        assert record.trouble
        assert self._accepted
        return self._accepted > record.trouble.at

    def _look(self) -> None:
        if self._accepted is not None:
            return
        never = datetime.min.replace(tzinfo=UTC)
        readers = self._known.readers()
        self._accepted = max((one.mailed_at or never for _, one in readers), default=never)
        for key, record in readers:
            if record.trouble and record.trouble.code >= 500:
                self._met[key] = common_words(record.trouble.code, record.trouble.reply)
        self._often.update(self._met.values())

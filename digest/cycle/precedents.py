"""Says what earlier runs tell of a refusal whose words do not say whom it concerns."""

from collections import Counter
from datetime import UTC, datetime

from digest.delivery.meaning import common_words
from digest.store.known import Known
from digest.store.records import SubscriberRecord

_FEW = 10
"""Where more readers than that have met the same words, they are no precedent for one of them."""


class Precedents:
    """The last troubles of all readers. It reads what is known when it is first asked."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._accepted: datetime | None = None
        self._met: dict[str, str] = {}
        self._often: Counter[str] = Counter()

    def own(self, key: str, words: str) -> bool:
        """Whether the reader has met these words before, and others were accepted since.

        Where many have met them it is no sign: the server may refuse all after so many messages.
        """
        self._look()
        record = self._known.reader(key)
        if record is None or record.trouble is None or self._met.get(key) != words:
            return False
        return self._since(record) and self._often[words] <= _FEW

    def others(self, words: str) -> frozenset[str]:
        """The readers who have met these words, where nobody was accepted since."""
        self._look()
        return frozenset(
            key
            for key, met in self._met.items()
            if met == words and not self._since(self._known.known_reader(key))
        )

    def _since(self, record: SubscriberRecord) -> bool:
        """Whether anybody was accepted after this reader's last trouble."""
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

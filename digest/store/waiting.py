"""Keeps the messages that wait for readers, until each is accepted, refused or withdrawn.

A digest has one message or several. A message that is accepted leaves the waiting ones. With the
last message of a digest, all papers of the digest count as mailed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from digest.clock import Moment
from digest.store.answers import Answers
from digest.store.events import (
    Accepted,
    AcceptedTogether,
    Composed,
    Deferred,
    Passed,
    Refused,
    Resumed,
    Withdrawn,
)
from digest.store.histories import Histories
from digest.store.records import REFUSALS, SubscriberRecord, Trouble
from digest.store.sightings import known_identifier


class Waiting:
    """The digests that wait to be accepted. It changes the records of `known`."""

    def __init__(self, known: Answers, histories: Histories) -> None:
        self._known = known
        self._records = known.records
        self._histories = histories
        self._messages = Counter(
            message.edition
            for record in self._records.subscribers.values()
            for message in record.pending
        )
        """The number of waiting messages of each edition; the last one needs its text."""

    @property
    def editions(self) -> Mapping[str, int]:
        """The editions of waiting messages, each with the number of its messages."""
        return self._messages

    def composed(self, event: Composed) -> None:
        """Adds a message that is ready; the first one of a digest replaces all waiting messages."""
        record = self._records.subscribers[event.address]
        self._messages[event.edition] += 1  # first: a dropped message may share the edition
        if event.part == 1:
            self.drop(record)
            record.pending_refusals = record.deferrals = record.in_vain = 0
            record.uncertain = False
        covers = self._histories.shared(event.covers)
        message = event if covers is event.covers else replace(event, covers=covers)
        record.pending = (*record.pending, message)

    def withdrawn(self, event: Withdrawn) -> None:
        """Drops the waiting messages of a reader."""
        self.drop(self._records.subscribers[event.address])

    def passed(self, event: Passed) -> None:
        """Notes that the reader has had all papers found up to these batches."""
        self._cover(self._records.subscribers[event.address], event.covers)

    def accepted_together(self, event: AcceptedTogether) -> None:
        """Notes that the server accepted messages."""
        for address, message_id, _ in event.messages:
            self._take(address, message_id, event.at)

    def accepted(self, event: Accepted) -> None:
        """Notes that the server accepted one message."""
        self._take(event.address, event.message_id, event.at)

    def _take(self, address: str, message_id: str, at: Moment) -> None:
        """Notes that the message with this Message-ID was accepted, if it waits.

        With the last message of a digest all its papers count as mailed; before, those of the
        message.
        """
        record = self._records.subscribers.get(address)
        waiting = record.pending if record else ()
        taken = next((one for one in waiting if one.message_id == message_id), None)
        if record is None or taken is None:
            return
        left = tuple(message for message in waiting if message is not taken)
        if taken.parts > 1:
            papers = self._records.editions[taken.edition].papers
            now_had = dict(map(known_identifier, papers))
            record.had_in_part = {**(record.had_in_part or {}), **now_had}
        self._forget_edition(taken.edition)
        record.pending = left
        record.mailed_papers = taken.papers + (record.mailed_papers if taken.part > 1 else 0)
        record.mailed_at, record.mailed_id = at, message_id
        record.trouble, record.refusals, record.uncertain = None, 0, False
        record.pending_refusals = record.deferrals = record.in_vain = 0
        if not left:
            self._cover(record, taken.covers)

    def deferred(self, event: Deferred) -> None:
        """Notes that the server put a message off."""
        if record := self._records.subscribers.get(event.address):
            record.trouble = Trouble(event.at, event.code, event.reply)
            record.deferrals += 1
            record.in_vain += event.offered
            record.uncertain = record.uncertain or event.uncertain

    def refused(self, event: Refused) -> None:
        """Notes that a message was refused for good; it waits on if it may have been accepted."""
        record = self._records.subscribers.get(event.address)
        if record is None:
            return
        record.trouble = Trouble(event.at, event.code, event.reply)
        record.refusals, record.refused_under = record.refusals + 1, event.under
        record.pending_refusals += 1
        record.in_vain += 1
        if not event.waited or record.pending_refusals >= REFUSALS:
            self.drop(record)

    def resumed(self, event: Resumed) -> None:
        """Ends a reader's pause; one more refusal begins it again."""
        record = self._records.subscribers[event.address]
        record.refusals = min(record.refusals, REFUSALS - 1)

    def drop(self, record: SubscriberRecord) -> None:
        """Drops a reader's waiting messages, and the texts that no message needs any more."""
        for message in record.pending:
            self._forget_edition(message.edition)
        record.pending = ()

    def _forget_edition(self, edition: str) -> None:
        """Counts one message of an edition less; drops the edition's text with the last one."""
        if left := self._messages[edition] - 1:
            self._messages[edition] = left
        else:
            del self._messages[edition]
            self._records.editions.pop(edition, None)

    def _cover(self, record: SubscriberRecord, covers: Mapping[str, int]) -> None:
        """Notes that the reader has had the papers that they are due, up to these batches."""
        record.history = self._histories.covered(record.history, covers)
        if record.had_in_part:
            record.had_in_part = self._not_covered(record, record.had_in_part, covers)

    def _not_covered(
        self, record: SubscriberRecord, parts: Mapping[str, int], covers: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """The papers of single messages that the reader's claims do not cover yet.

        A paper is covered where the claims have its first batch, and the version that was mailed.
        """
        first: set[str] = set()
        had: dict[str, int] = {}
        for keyword in covers:
            for base in self._known.sightings(keyword).among(parts):
                for at, (number, version) in enumerate(self._known.sightings(keyword).of(base)):
                    if any(claim.after < number <= claim.had for claim in record.claims[keyword]):
                        had[base] = max(version, had.get(base, 0))
                        first |= {base} if at == 0 else set()
        left = {
            base: version
            for base, version in parts.items()
            if base not in first or had[base] < version
        }
        return left or None

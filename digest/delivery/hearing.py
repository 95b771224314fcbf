"""Decides which refusals of a run concern the recipient, and which the sender or the server.

    5yz ─> its meaning ─┬─ the recipient ───────────────> recorded for this reader
                        ├─ the sender, the server ──────> the digest waits; reported once
                        └─ unclear from the words ──────> held, until another message is accepted,
                                                          or the run has ended

A refusal with unclear words concerns the recipient where the server accepts other messages. Where
every message gets the same refusal and none is accepted, it concerns the server, and no reader's
refusals are counted. The refusal is not recorded before that is known; if the process dies in
between, the next run offers the message again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Protocol

from digest.delivery.meaning import (
    OF_THE_READER,
    SAME_FOR_ALL,
    Concern,
    Meaning,
    Step,
    common_words,
    meaning_of,
)
from digest.delivery.transaction import Outcome
from digest.errors import DigestError, MailDeferredError, MailRefusedError

MANY = 10
"""Number of refusals in a row that concern no recipient after which a run ends."""
_TWO = 2
"""Number of readers with the same refusal, and no message accepted, that makes it the server's."""


class Past(Protocol):
    """The refusals with unclear words that earlier runs have recorded."""

    def own(self, key: str, words: str) -> bool:
        """Returns whether this reader had these words before, and others were accepted since."""
        ...

    def others(self, words: str) -> frozenset[str]:
        """Returns the readers who had these words, with no message accepted since."""
        ...


class NoPast:
    """The answers where nothing is known of earlier runs."""

    def own(self, key: str, words: str) -> bool:  # noqa: ARG002 (as Past)
        """Returns False."""
        return False

    def others(self, words: str) -> frozenset[str]:  # noqa: ARG002 (as Past)
        """Returns no reader."""
        return frozenset()


class Hearing:
    """The refusals of one run.

    Attributes:
        enough: whether the refusals clearly concern the sender or the server, so the run ends.
    """

    def __init__(self, past: Past | None = None) -> None:
        self.enough = False
        self._past = past or NoPast()
        self._accepted = False
        self._in_a_row = 0
        self._held: list[Outcome] = []
        self._blamed: Counter[Meaning] = Counter()
        self._examples: dict[Meaning, Outcome] = {}

    def accepted(self) -> list[Outcome]:
        """Notes that a message was accepted; returns the held refusals, now the recipients' own."""
        self._accepted, self._in_a_row = True, 0
        held, self._held = self._held, []
        return held

    def refused(self, outcome: Outcome) -> list[Outcome]:
        """Notes that a message was refused; returns the outcomes that can be recorded now."""
        meaning = meaning_of(outcome.step, outcome.code, outcome.reply)
        if meaning is None:
            words = common_words(outcome.code, outcome.reply)
            if self._past.own(outcome.envelope.key, words):
                return [outcome]
            self._held.append(outcome)
            self.enough = self.enough or self._times_held(words) >= MANY
            return []
        if meaning is OF_THE_READER:
            return [outcome]
        if outcome.step not in (Step.SIZE, Step.SMTPUTF8):  # these were never offered
            self._in_a_row += 1
            everyone = outcome.step is Step.MAIL and not meaning.of_one
            self.enough = self.enough or everyone or self._in_a_row >= MANY
        return [self._blame(outcome, meaning)]

    def settle(self) -> list[Outcome]:
        """Notes that the run has ended; returns the held outcomes, each with its concern."""
        held, self._held = self._held, []
        met = Counter(common_words(one.code, one.reply) for one in held)
        return [
            self._blame(one, SAME_FOR_ALL) if self._is_the_servers(one, met) else one
            for one in held
        ]

    def failures(self, server: object) -> Iterator[DigestError]:
        """Yields an error for each kind of refusal that concerns no reader, most frequent first."""
        for meaning, times in self._blamed.most_common():
            outcome = self._examples[meaning]
            words = f"{outcome.code} {outcome.reply}; {meaning.advice}"
            what = "a message" if times == 1 else f"{times} messages"
            if outcome.step in (Step.SIZE, Step.SMTPUTF8):
                yield MailRefusedError(f"{server}: {outcome.reply}; {meaning.advice}")
            elif meaning.concern is Concern.LATER:
                yield MailDeferredError(
                    f"{server} takes no more for now: {words}", code=outcome.code
                )
            elif meaning.concern is Concern.SENDER:
                sender = outcome.envelope.sender
                sentence = f"{server} refuses the sender {sender}: {words}"
                yield MailRefusedError(sentence, code=outcome.code)
            else:
                sentence = f"{server} refuses {what}, and no reader is at fault: {words}"
                yield MailRefusedError(sentence, code=outcome.code)

    def _blame(self, outcome: Outcome, meaning: Meaning) -> Outcome:
        """Returns the outcome with the concern of its meaning, and counts it."""
        self._blamed[meaning] += 1
        self._examples.setdefault(meaning, outcome)
        return outcome._replace(concern=meaning.concern)

    def _is_the_servers(self, outcome: Outcome, met: Mapping[str, int]) -> bool:
        """Returns whether enough readers had the same refusal, and no message was accepted."""
        words = common_words(outcome.code, outcome.reply)
        if met[words] >= MANY:
            return True
        if self._accepted:
            return False
        others = self._past.others(words) - {outcome.envelope.key}
        return met[words] >= _TWO or bool(others)

    def _times_held(self, words: str) -> int:
        return sum(common_words(one.code, one.reply) == words for one in self._held)

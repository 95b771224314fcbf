"""Decides which refusals of a run are the readers' own, and which are not about them at all.

    5yz ─> its meaning ─┬─ the reader's ────────────────> recorded as theirs
                        ├─ the sender's, the server's ──> everything waits, told once
                        └─ the words do not tell ───────> held, until another message is accepted,
                                                          or the run has ended

A reply whose words do not tell is a reader's own where others are accepted beside it. Where every
message met the same and none was accepted, it is the server's: nobody is counted for it. It is not
recorded before that is known; a process that dies meanwhile offers the message again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Protocol

from digest.delivery.meaning import ALIKE, OF_THE_READER, Concern, Meaning, Step, alike, meaning_of
from digest.delivery.transaction import Outcome
from digest.errors import DigestError, MailDeferredError, MailRefusedError

MANY = 10
"""So many refusals that are not the readers' own, none accepted in between, end a run."""
_TWO = 2
"""So many readers who met the same, where nobody was accepted, are not met for their own sake."""


class Past(Protocol):
    """What earlier runs know of refusals whose words do not tell."""

    def own(self, key: str, words: str) -> bool:
        """Whether the reader has met these words before, and others were accepted since."""
        ...

    def others(self, words: str) -> frozenset[str]:
        """The readers who have met these words, and nobody was accepted since."""
        ...


class NoPast:
    """Nothing is known of earlier runs."""

    def own(self, key: str, words: str) -> bool:  # noqa: ARG002 (as Past)
        """Never."""
        return False

    def others(self, words: str) -> frozenset[str]:  # noqa: ARG002 (as Past)
        """Nobody."""
        return frozenset()


class Hearing:
    """The refusals of one run.

    Attributes:
        enough: whether the server, or the sender, is refused so clearly that the run is to end.
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
        """A message was accepted; returns the refusals that are readers' own after all."""
        self._accepted, self._in_a_row = True, 0
        held, self._held = self._held, []
        return held

    def refused(self, outcome: Outcome) -> list[Outcome]:
        """A message was refused; returns the outcomes that can be recorded now."""
        meaning = meaning_of(outcome.step, outcome.code, outcome.reply)
        if meaning is None:
            words = alike(outcome.code, outcome.reply)
            if self._past.own(outcome.envelope.key, words):
                return [outcome]
            self._held.append(outcome)
            self.enough = self.enough or self._alike(words) >= MANY
            return []
        if meaning is OF_THE_READER:
            return [outcome]
        if outcome.step not in (Step.SIZE, Step.SMTPUTF8):  # these were never offered
            self._in_a_row += 1
            everyone = outcome.step is Step.MAIL and not meaning.of_one
            self.enough = self.enough or everyone or self._in_a_row >= MANY
        return [self._blame(outcome, meaning)]

    def settle(self) -> list[Outcome]:
        """The run has ended; returns the outcomes that were held, each as what it is."""
        held, self._held = self._held, []
        met = Counter(alike(one.code, one.reply) for one in held)
        return [self._blame(one, ALIKE) if self._is_the_servers(one, met) else one for one in held]

    def failures(self, server: object) -> Iterator[DigestError]:
        """Yields a sentence for each thing that concerns no reader, the most frequent first."""
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
                told = f"{server} refuses the sender {sender}: {words}"
                yield MailRefusedError(told, code=outcome.code)
            else:
                told = f"{server} refuses {what}, and no reader is at fault: {words}"
                yield MailRefusedError(told, code=outcome.code)

    def _blame(self, outcome: Outcome, meaning: Meaning) -> Outcome:
        """The outcome, with what it concerns."""
        self._blamed[meaning] += 1
        self._examples.setdefault(meaning, outcome)
        return outcome._replace(concern=meaning.concern)

    def _is_the_servers(self, outcome: Outcome, met: Mapping[str, int]) -> bool:
        """Whether enough readers met the same, and nobody was accepted."""
        words = alike(outcome.code, outcome.reply)
        if met[words] >= MANY:
            return True
        if self._accepted:
            return False
        others = self._past.others(words) - {outcome.envelope.key}
        return met[words] >= _TWO or bool(others)

    def _alike(self, words: str) -> int:
        return sum(alike(one.code, one.reply) == words for one in self._held)

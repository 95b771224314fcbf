"""Writes the result for each reader in a cycle as a line of the report."""

from collections.abc import Sequence
from dataclasses import replace

from digest.cycle.composing import Digest
from digest.cycle.outcomes import NOT_OFFERED
from digest.cycle.report import (
    ACCEPTED,
    DEFERRED,
    HELD_BACK,
    NOTHING_NEW,
    REFUSED,
    WAITING,
    WOULD_BE_SENT,
    DigestLine,
)
from digest.delivery.meaning import Concern
from digest.delivery.transaction import Outcome
from digest.model.subscriber import Subscriber
from digest.store.events import Composed
from digest.store.known import Known


def line_of(reader: Subscriber, pending: Sequence[Composed], digest: Digest | None) -> DigestLine:
    """The line of a waiting digest; one composed in an earlier run has only the recorded facts."""
    first = pending[0]
    line = DigestLine(
        reader.email,
        WOULD_BE_SENT,
        message_id=first.message_id,
        papers=sum(message.papers for message in pending),
        messages=len(pending),
    )
    if digest is None or digest.edition is None:
        return replace(line, composed_at=first.at)
    return replace(line, subject=digest.subject, edition=digest.edition)


def with_outcome(line: DigestLine, outcome: Outcome) -> DigestLine:
    """The same line, with the server's reply, or with the fact that no offer was made."""
    status = ACCEPTED if outcome.accepted else REFUSED if outcome.refused else DEFERRED
    if outcome.code == NOT_OFFERED or outcome.concern is not Concern.READER:
        status = WAITING
    return replace(line, status=status, code=max(0, outcome.code), reply=outcome.reply)


def without(ledger: Known, reader: Subscriber, chosen: Sequence[str] | None) -> DigestLine:
    """The line of a reader without a digest; it says whether arXiv gave all papers.

    `chosen` are the keywords that were looked at, None for all.
    """
    looked_at = [name for name in reader.keywords if chosen is None or name in chosen]
    lacking = any(ledger.open_keyword(name).reason for name in looked_at)
    return DigestLine(reader.email, HELD_BACK if lacking else NOTHING_NEW)

"""Reports a cycle, for people and for programs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from digest.clock import Moment
from digest.errors import DigestError
from digest.model.edition import Edition, Section
from digest.model.subscriber import Subscriber
from digest.store.records import SubscriberRecord
from digest.text import Line, logfmt

ACCEPTED = "accepted"
DEFERRED = "deferred"
REFUSED = "refused"
WAITING = "waiting"
"""The server did not come to this message: it could not be reached, or broke off before."""
WOULD_BE_SENT = "would be sent"
NOTHING_NEW = "nothing new"
PAUSED = "paused"
"""The reader gets nothing for now, because of subscribers.yaml or of many refusals; `reply` says
which."""
HELD_BACK = "held back for arXiv"
"""No new paper in arXiv's answer, which was not complete: more may come later."""


@dataclass(frozen=True, slots=True)
class KeywordLine:
    """The result of one keyword's fetch: of the papers `read`, `new` are new and `older` too old.

    `reason` is "" where the fetch was complete, or did not ask arXiv. A keyword is `current` where
    it was complete before, and arXiv has announced nothing since.
    """

    keyword: str
    read: int
    new: int
    older: int
    complete: bool
    reason: str
    refused: bool = False
    current: bool = False

    @property
    def logged(self) -> Line:
        """The line of the log."""
        how = {"complete": self.complete, **({"reason": self.reason} if self.reason else {})}
        return logfmt("fetched", keyword=self.keyword, read=self.read, new=self.new, **how)


@dataclass(frozen=True, slots=True)
class HarvestLine:
    """The result of one evaluation of many keywords: `new` of the records `read` are for readers.

    `source` is "harvest", "feeds" or "papers". `reason` is "" where it was complete. `notes` are
    doubts that do not make it incomplete.
    """

    source: str
    read: int
    requests: int
    keywords: int
    new: int
    complete: bool
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def logged(self) -> Line:
        """The line of the log."""
        how = {"complete": self.complete, **({"reason": self.reason} if self.reason else {})}
        doubts = {"notes": "; ".join(self.notes)} if self.notes else {}
        return logfmt(
            "harvested",
            source=self.source,
            records=self.read,
            requests=self.requests,
            keywords=self.keywords,
            new=self.new,
            **how,
            **doubts,
        )


@dataclass(frozen=True, slots=True)
class DigestLine:
    """The result for one reader: the digest, or the reason for none.

    A digest of an earlier run has `composed_at` and no edition. `papers` counts new papers and
    updates, in `messages` messages. `code` is 0 where the server gave no reply.
    """

    address: str
    status: str
    subject: str = ""
    message_id: str = ""
    papers: int = 0
    edition: Edition | None = None
    composed_at: Moment | None = None
    code: int = 0
    reply: str = ""
    messages: int = 1

    def as_data(self) -> dict[str, Any]:
        """The data for JSON: under `sections` and `updates` a list of papers for each keyword."""
        edition = self.edition
        return {
            "address": self.address,
            "status": self.status,
            "subject": self.subject,
            "message_id": self.message_id,
            "papers": self.papers,
            "messages": self.messages,
            "sections": _sections(edition.sections) if edition else {},
            "updates": _sections(edition.updates) if edition else {},
            "composed_at": self.composed_at.isoformat() if self.composed_at else None,
            "code": self.code,
            "reply": self.reply,
        }


@dataclass(slots=True)
class Report:
    """The report of a whole cycle; `failures` concern the mail server as a whole, or no reader.

    After `given_up` no more messages were offered.
    """

    dry_run: bool = False
    keywords: list[KeywordLine] = field(default_factory=list)
    harvests: list[HarvestLine] = field(default_factory=list)
    digests: list[DigestLine] = field(default_factory=list)
    failures: list[DigestError] = field(default_factory=list)
    given_up: DigestError | None = None

    def read(self, lines: Iterable[KeywordLine]) -> None:
        """Notes the results of keywords; the last one of each counts."""
        last = {line.keyword: line for line in lines}
        self.keywords = [line for line in self.keywords if line.keyword not in last]
        self.keywords += last.values()

    def give_up(self, failure: DigestError) -> None:
        """Notes that no more messages are offered."""
        self.given_up = failure
        self.add([failure])

    def add(self, failures: Iterable[DigestError]) -> None:
        """Notes failures, each once."""
        known = {str(failure) for failure in self.failures}
        self.failures += [failure for failure in failures if str(failure) not in known]

    @property
    def exit_status(self) -> int:
        """The exit status: 0; 75 where another try can help; 69 where a server refused for good."""
        statuses = {failure.exit_status for failure in self.failures}
        statuses |= {75 for line in self.keywords if line.reason and not line.refused}
        statuses |= {69 for line in self.keywords if line.refused}
        statuses |= {75 for line in self.digests if line.status == DEFERRED}
        statuses |= {69 for line in self.digests if line.status == REFUSED}
        return next((status for status in (75, 69) if status in statuses), 0)

    @property
    def mailed(self) -> Line:
        """The line of the log on the round: the number of digests and readers, by outcome."""
        of = Counter(line.status for line in self.digests)
        offered = of[ACCEPTED] + of[DEFERRED] + of[REFUSED]
        return logfmt(
            "mailed",
            digests=offered + of[WAITING],
            accepted=of[ACCEPTED],
            deferred=of[DEFERRED],
            refused=of[REFUSED],
            waiting=of[WAITING],
            nothing_new=of[NOTHING_NEW],
            held_back=of[HELD_BACK],
            paused=of[PAUSED],
        )

    def as_data(self) -> dict[str, Any]:
        """The data for JSON."""
        return {
            "dry_run": self.dry_run,
            "keywords": [asdict(line) for line in self.keywords],
            "harvests": [asdict(line) for line in self.harvests],
            "digests": [line.as_data() for line in self.digests],
            "failures": [str(failure) for failure in self.failures],
            "exit_status": self.exit_status,
        }


def in_pause(reader: Subscriber, now: Moment) -> DigestLine | None:
    """The line of a reader whose pause is not over yet; None for all others."""
    away = reader.schedule.pause
    if away is None or now.astimezone(reader.timezone).date() not in away:
        return None
    return DigestLine(reader.email, PAUSED, reply=f"to {away.last}, as subscribers.yaml says")


def refused_too_often(reader: Subscriber, record: SubscriberRecord | None) -> DigestLine | None:
    """The line of a reader who is paused after too many refusals; None for all others."""
    if record is None or not record.paused:
        return None
    return DigestLine(reader.email, PAUSED, reply=record.why_paused(reader.email))


def _sections(sections: Iterable[Section]) -> dict[str, list[dict[str, str]]]:
    return {
        section.keyword: [
            {"id": row.paper.versioned_id, "title": row.paper.title} for row in section.rows
        ]
        for section in sections
    }

"""Tells the history of one paper: which keywords met it, and what each reader had of it.

    the state ─> meetings: keyword, version, when, mailed or counted as seen
    the state ─> shares: reader, had it, waits for it, or why neither

It decides nothing. The sentences are for the operator and, without the other readers, for a reader.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from digest.clock import Moment
from digest.model.subscriber import Subscriber, Subscriptions
from digest.selection.new_papers import looked_at, unseen
from digest.service.holds import hold
from digest.store.known import Known
from digest.store.records import BASELINE, KeywordRecord, SubscriberRecord
from digest.text import dated

MAILED, COMPOSED, NEXT = "mailed", "in a digest that waits", "in the next digest"
EARLIER, SEEN, OLD_VERSION, NOT_MET = "before their time", "seen", "a new version", "not met"
"""The kinds of shares."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A keyword met a version of the paper; `found` is the moment, None where none was recorded.

    `seen` says why the paper was not to be mailed but counted as seen; "" where it was to be
    mailed.
    """

    keyword: str
    version: int
    batch: int
    found: Moment | None
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of one reader: `kind` is one of the words above, `sentence` tells it in full."""

    address: str
    kind: str
    sentence: str


def meetings(known: Known, base: str, keywords: Iterable[str]) -> list[Meeting]:
    """The meetings of a paper with keywords, in the order of these and in time."""
    found = []
    for keyword in keywords:
        record = known.keyword(keyword)
        for batch, version in known.sightings(keyword).of(base) if record else ():
            assert record
            seen = _why_seen(known, base, record) if batch == BASELINE else ""
            found.append(Meeting(keyword, version, batch, record.found.get(batch), seen))
    return found


def _why_seen(known: Known, base: str, record: KeywordRecord) -> str:
    if _imported(known, base):
        return "counted as seen, since it was in a table that `digest import` read"
    return (
        "counted as seen, since it was there before the keyword, whose papers are mailed from "
        f"{record.since:%Y-%m-%d} on"
    )


def _imported(known: Known, base: str) -> int:
    """The version that was mailed to everybody before the state began, 0 for none."""
    return known.had_versions("", (base,))[base]


def met_by(known: Known, base: str) -> list[str]:
    """Every keyword of the state that has met a paper, also those of other configurations."""
    return [name for name, _ in known.keywords() if known.sightings(name).version(base)]


class Shares:
    """The shares of readers in one paper, by its base identifier; `now` is the present."""

    def __init__(self, known: Known, subscriptions: Subscriptions, base: str, now: Moment) -> None:
        self._known = known
        self._subscriptions = subscriptions
        self._base = base
        self._now = now

    def of(self, reader: Subscriber) -> Share:
        """Tells what a reader of the configuration has had of the paper, or waits for."""
        record = self._known.reader(reader.address_key)
        if record is None:
            return Share(reader.email, NOT_MET, "their first digest comes with the next run")
        met = self._met(record)
        owed = self._owed(reader.address_key, met)
        coming = self._coming(reader) if owed else set()
        if self._base not in coming:
            zone = reader.timezone
            return Share(reader.email, *self._had_or_not(reader.address_key, record, met, zone))
        covers = record.pending[0].covers if record.pending else {}
        composed = any(one.batch <= covers.get(one.keyword, BASELINE) for one in owed)
        waiting = 0 if composed else len(coming)
        why = hold(self._known, self._subscriptions, reader, waiting, self._now).sentence
        if composed:
            since = dated(record.pending[0].at, reader.timezone)
            return Share(reader.email, COMPOSED, f"in the digest composed {since}: {why}")
        return Share(reader.email, NEXT, f"for their next digest: {why}")

    def of_former(self, address: str) -> Share:
        """The same for an address of the state that the configuration does not name."""
        record = self._known.known_reader(address)
        met = self._met(record)
        if self._owed(address, met):
            words = "owed: they are not in subscribers.yaml, and get it if they are back in 90 days"
            return Share(address, NEXT, words)
        zone = self._subscriptions.timezone
        return Share(address, *self._had_or_not(address, record, met, zone))

    def _met(self, record: SubscriberRecord) -> list[Meeting]:
        """The meetings with the reader's keywords that were to be mailed."""
        keywords = [name for name in record.claims if self._known.keyword(name)]
        return [one for one in meetings(self._known, self._base, keywords) if not one.seen]

    def _owed(self, address: str, met: Iterable[Meeting]) -> list[Meeting]:
        return [one for one in met if one.batch in self._known.due(address, one.keyword)]

    def _coming(self, reader: Subscriber) -> set[str]:
        """The papers that a reader has not had and is due."""
        known = self._known
        keywords = [name for name in looked_at(known, reader, None) if known.keyword(name)]
        selection = unseen(known, reader, keywords)
        groups = (*selection.sections.values(), *selection.updates.values())
        return {row.paper.id for rows in groups for row in rows}

    def _had_or_not(
        self, address: str, record: SubscriberRecord, met: Sequence[Meeting], zone: tzinfo
    ) -> tuple[str, str]:
        """The kind and the sentence for a paper that does not wait for the reader."""
        if self._known.had_versions(address, (self._base,))[self._base]:
            return MAILED, self._mailed(record, met, zone)
        if theirs := next((one for one in met if _is_theirs(record, one)), None):
            return OLD_VERSION, (
                f"not mailed: {theirs.keyword} met version {theirs.version} of a paper that it "
                "knew; new versions are for readers with `updates: section`"
            )
        if met:
            found = f" {dated(met[0].found, zone)}" if met[0].found else ""
            return EARLIER, (
                f"not mailed: {met[0].keyword} met it{found}, and they are due what was found "
                "since they began to read this keyword, and in the `first_days` before"
            )
        own = [name for name in record.keywords if self._known.keyword(name)]
        if seen := meetings(self._known, self._base, own):
            return SEEN, f"not mailed: for {seen[0].keyword} it was {seen[0].seen}"
        return NOT_MET, "not mailed: none of their keywords has met it"

    def _mailed(self, record: SubscriberRecord, met: Sequence[Meeting], zone: tzinfo) -> str:
        """A sentence about the digest in which the reader had the paper."""
        first = min((one.found for one in met if one.found and _is_had(record, one)), default=None)
        if first is None and _imported(self._known, self._base):
            return "had it before this installation, as an imported table says"
        words = f"had it in the first digest after {dated(first, zone)}" if first else "had it"
        if record.mailed_at:
            words += f"; their last digest so far went out {dated(record.mailed_at, zone)}"
        return words


def _is_had(record: SubscriberRecord, one: Meeting) -> bool:
    """Returns whether a reader has had the batch in which the paper was met."""
    return any(claim.after < one.batch <= claim.had for claim in record.claims[one.keyword])


def _is_theirs(record: SubscriberRecord, one: Meeting) -> bool:
    """Returns whether a reader has had that batch, or is due it."""
    claims = record.claims[one.keyword]
    return any(claim.after < one.batch <= claim.upto(one.batch) for claim in claims)

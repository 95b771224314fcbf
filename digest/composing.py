"""Makes digests: what readers have not had becomes editions, and editions become messages.

Readers with the same keywords, the same history and the same day get the same edition: it is
selected, rendered and flattened once, and each of them adds a few lines of their own.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from digest.addresses import Address
from digest.config import Subscriber
from digest.edition import Edition, Notice, Row, Section
from digest.events import Composed, EditionKept, Event, Passed
from digest.fitting import Shape, fit
from digest.keywords import Keyword
from digest.ledger import Ledger
from digest.marking import phrases
from digest.message import (
    LIMIT,
    Sender,
    Shared,
    envelope_address,
    message_id,
    recipient_head,
    share,
)
from digest.query import search_url
from digest.records import History
from digest.rendering import Contact, Rendered, Templates
from digest.selection import Selection, unseen
from digest.signing import ROOM, Ready, Signer
from digest.times import Moment
from digest.wording import logfmt

log = logging.getLogger(__name__)

_RECIPIENT_LINES = 1_500
"""Bytes kept free for To, with the longest name and address there are, and Message-ID."""

_AT_ONCE = 5_000
"""Readers of one edition whose digests are recorded as one line."""

_SIGNED_AT_ONCE = 500
"""The same where each is signed: that takes a second on a slow machine."""

Likeness = tuple[date, tuple[str, ...], bool, bool, History]
"""What decides about a reader's next edition: two readers with the same get the same."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One reader's digest and the event that records it; None where there is nothing new."""

    subscriber: Subscriber
    edition: Edition | None
    composed: Composed | None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class _Printed:
    """An edition as a message, and what signs it for each reader; None where nothing does."""

    edition: Edition
    papers: int
    subject: str
    shared: Shared
    ready: Ready | None


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes digests of what a ledger holds.

    `keywords` are all that are configured, by name. Without a `signer` nothing is signed.
    """

    templates: Templates
    sender: Sender
    keywords: Mapping[str, Keyword]
    signer: Signer | None = None

    def compose(
        self,
        ledger: Ledger,
        subscribers: Sequence[Subscriber],
        chosen: Sequence[str] | None,
        at: Moment,
    ) -> Iterator[tuple[list[Digest], list[Event]]]:
        """Yields digests of readers who get the same, some thousands at most, and what to record.

        Args:
            ledger: what is known; each of the subscribers is in it, and has no digest waiting.
                What was yielded is to be recorded in it before going on.
            subscribers: who to compose for.
            chosen: the keywords to look at, None for all.
            at: the present.
        """
        day = cache(lambda zone: at.astimezone(zone).date())
        groups: dict[Likeness, list[Subscriber]] = defaultdict(list)
        for subscriber in subscribers:
            if chosen is not None and not set(chosen) & set(subscriber.keywords):
                continue  # nothing of theirs was looked at
            today = day(subscriber.timezone)
            groups[_likeness(ledger, subscriber, today)].append(subscriber)
        for (today, *_), members in groups.items():
            yield from self._group(ledger, members, chosen, today, at)

    def _group(
        self,
        ledger: Ledger,
        members: list[Subscriber],
        chosen: Sequence[str] | None,
        today: date,
        at: Moment,
    ) -> Iterator[tuple[list[Digest], list[Event]]]:
        """Yields the digests of all members, some after the other: fewer where each is signed."""
        one = members[0]
        keywords = [k for k in one.keywords if chosen is None or k in chosen]
        selection = unseen(ledger, one, keywords)
        if selection.empty and not one.empty:
            passed = _passed(ledger, members, selection)
            yield [Digest(member, None, None) for member in members], passed
            return
        edition = self._edition(ledger, keywords, selection, today)
        printed = self._flatten(edition, at)
        shared = printed.shared
        kept = EditionKept(shared.edition, self.sender.reverse_path, shared.head, shared.body)
        together = _SIGNED_AT_ONCE if printed.ready else _AT_ONCE
        for begin in range(0, len(members), together):
            composed = [
                self._composed(member, printed, selection, at)
                for member in members[begin : begin + together]
            ]
            digests = [
                Digest(member, edition, one, printed.subject)
                for member, one in zip(members[begin:], composed, strict=False)
            ]
            # With the last digest that waited its text has gone.
            known = shared.edition in ledger.records.editions
            yield digests, [*([] if known else [kept]), *composed]

    def _edition(
        self,
        ledger: Ledger,
        keywords: Sequence[str],
        selection: Selection,
        today: date,
    ) -> Edition:
        def sections(rows: Mapping[str, tuple[Row, ...]]) -> tuple[Section, ...]:
            return tuple(self._section(k, rows[k]) for k in keywords if k in rows)

        reasons = {keyword: ledger.records.keywords[keyword].reason for keyword in keywords}
        return Edition(
            day=today,
            keywords=tuple(keywords),
            sections=sections(selection.sections),
            updates=sections(selection.updates),
            notices=tuple(Notice(k, reason) for k, reason in reasons.items() if reason),
        )

    def _section(self, name: str, rows: tuple[Row, ...]) -> Section:
        keyword = self.keywords[name]
        return Section(name, rows, search_url(keyword), phrases(keyword))

    def _flatten(self, edition: Edition, at: Moment) -> _Printed:
        """The edition as a message of allowed size."""
        contact = Contact(
            sender=self.sender.answers,
            unsubscribe=self.sender.unsubscribe,
            list_name=self.sender.list_identifier,
        )

        papers = edition.new_papers + edition.updated_papers
        room = LIMIT - _RECIPIENT_LINES - (ROOM if self.signer else 0)

        def fitted(templates: Templates) -> tuple[Shared, Rendered, Shape]:
            @cache
            def flattened(shape: Shape) -> tuple[Shared, Rendered]:
                rendered = templates.render(edition, shape, contact)
                parts = (rendered.subject, rendered.text, rendered.html)
                return share(*parts, self.sender, at), rendered

            shape = fit(papers, lambda shape: flattened(shape)[0].size, room)
            return *flattened(shape), shape

        shared, rendered, shape = fitted(self.templates)
        if shared.size > room and self.templates.replaced:
            reason = f"with it no digest is below {LIMIT} bytes"
            log.warning(logfmt("template-too-large", reason=reason, instead="the shipped ones"))
            shared, rendered, shape = fitted(Templates(None))
        if shape.titles < papers:
            log.warning(logfmt("no-room", papers=papers, named=shape.titles, rest="counted"))
        ready = self.signer.ready(shared.head, shared.body, at) if self.signer else None
        return _Printed(edition, papers, rendered.subject, shared, ready)

    def _composed(
        self, subscriber: Subscriber, printed: _Printed, selection: Selection, at: Moment
    ) -> Composed:
        address = Address(subscriber.email, subscriber.address_key)
        identifier = message_id(subscriber.address_key, printed.shared.edition, self.sender)
        head = recipient_head(subscriber.name, address, identifier)
        return Composed(
            address=subscriber.address_key,
            message_id=identifier,
            edition=printed.shared.edition,
            recipient=envelope_address(address),
            head=printed.ready.field(head) + head if printed.ready else head,
            at=at,
            papers=printed.papers,
            covers=selection.covers,
        )


def _likeness(ledger: Ledger, subscriber: Subscriber, today: date) -> Likeness:
    return (
        today,
        subscriber.keywords,
        subscriber.updates,
        subscriber.empty,
        ledger.records.subscribers[subscriber.address_key].history,
    )


def _passed(ledger: Ledger, members: list[Subscriber], selection: Selection) -> list[Event]:
    """Notes for readers who have had all that was found that they have; nothing if nothing was."""
    return [
        Passed(member.address_key, selection.covers)
        for member in members
        for spans in [ledger.records.subscribers[member.address_key].spans]
        if any(spans[keyword][-1][1] < upto for keyword, upto in selection.covers.items())
    ]

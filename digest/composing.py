"""Makes digests: what readers have not had becomes editions, and editions become messages.

Readers with the same keywords, the same history and the same day get the same edition: it is
selected, rendered and flattened once, and each of them adds a few lines of their own.
"""

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
from digest.rendering import Contact, Rendered, Templates
from digest.selection import Selection, unseen
from digest.times import Moment

_RECIPIENT_LINES = 600
"""Bytes kept free for To and Message-ID."""

Likeness = tuple[object, ...]
"""What decides about a reader's next edition: two readers with the same get the same."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One reader's digest and the event that records it; None where there is nothing new."""

    subscriber: Subscriber
    edition: Edition | None
    composed: Composed | None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes digests of what a ledger holds.

    `keywords` are all that are configured, by name.
    """

    templates: Templates
    sender: Sender
    keywords: Mapping[str, Keyword]

    def compose(
        self,
        ledger: Ledger,
        subscribers: Sequence[Subscriber],
        chosen: Sequence[str] | None,
        at: Moment,
    ) -> Iterator[tuple[list[Digest], list[Event]]]:
        """Yields, for each group of readers who get the same, their digests and what to record.

        Args:
            ledger: what is known; each of the subscribers is in it, and has no digest waiting.
            subscribers: who to compose for.
            chosen: the keywords to look at, None for all.
            at: the present.
        """
        groups: dict[Likeness, list[Subscriber]] = defaultdict(list)
        for subscriber in subscribers:
            groups[_likeness(ledger, subscriber, at)].append(subscriber)
        for members in groups.values():
            yield self._group(ledger, members, chosen, at)

    def _group(
        self, ledger: Ledger, members: list[Subscriber], chosen: Sequence[str] | None, at: Moment
    ) -> tuple[list[Digest], list[Event]]:
        one = members[0]
        keywords = [k for k in one.keywords if chosen is None or k in chosen]
        selection = unseen(ledger, one, keywords)
        if selection.empty and not one.empty:
            passed = _passed(ledger, members, selection)
            return [Digest(member, None, None) for member in members], passed
        edition = self._edition(ledger, one, keywords, selection, at)
        shared, subject = self._flatten(edition, at)
        kept = EditionKept(shared.edition, self.sender.reverse_path, shared.head, shared.body)
        papers = edition.new_papers + edition.updated_papers
        digests = [
            Digest(member, edition, self._composed(member, shared, selection, papers, at), subject)
            for member in members
        ]
        return digests, [kept, *(d.composed for d in digests if d.composed)]

    def _edition(
        self,
        ledger: Ledger,
        subscriber: Subscriber,
        keywords: Sequence[str],
        selection: Selection,
        at: Moment,
    ) -> Edition:
        def sections(rows: Mapping[str, tuple[Row, ...]]) -> tuple[Section, ...]:
            return tuple(self._section(k, rows[k]) for k in keywords if k in rows)

        reasons = {keyword: ledger.records.keywords[keyword].reason for keyword in keywords}
        return Edition(
            day=_day(subscriber, at),
            keywords=tuple(keywords),
            sections=sections(selection.sections),
            updates=sections(selection.updates),
            notices=tuple(Notice(k, reason) for k, reason in reasons.items() if reason),
        )

    def _section(self, name: str, rows: tuple[Row, ...]) -> Section:
        keyword = self.keywords[name]
        return Section(name, rows, search_url(keyword), phrases(keyword))

    def _flatten(self, edition: Edition, at: Moment) -> tuple[Shared, str]:
        """The edition as a message of allowed size, and its subject."""
        contact = Contact(
            sender=self.sender.answers,
            unsubscribe=self.sender.unsubscribe,
            list_name=self.sender.list_identifier,
        )

        @cache
        def flattened(shape: Shape) -> tuple[Shared, Rendered]:
            rendered = self.templates.render(edition, shape, contact)
            parts = (rendered.subject, rendered.text, rendered.html)
            return share(*parts, self.sender, at), rendered

        papers = edition.new_papers + edition.updated_papers
        shape = fit(papers, lambda shape: flattened(shape)[0].size, LIMIT - _RECIPIENT_LINES)
        shared, rendered = flattened(shape)
        return shared, rendered.subject

    def _composed(
        self,
        subscriber: Subscriber,
        shared: Shared,
        selection: Selection,
        papers: int,
        at: Moment,
    ) -> Composed:
        address = Address(subscriber.email, subscriber.address_key)
        identifier = message_id(subscriber.address_key, shared.edition, self.sender)
        return Composed(
            address=subscriber.address_key,
            message_id=identifier,
            edition=shared.edition,
            recipient=envelope_address(address),
            head=recipient_head(subscriber.name, address, identifier),
            at=at,
            papers=papers,
            covers=dict(selection.covers),
        )


def _likeness(ledger: Ledger, subscriber: Subscriber, at: Moment) -> Likeness:
    return (
        _day(subscriber, at),
        subscriber.keywords,
        subscriber.updates,
        subscriber.empty,
        ledger.records.subscribers[subscriber.address_key].history,
    )


def _passed(ledger: Ledger, members: list[Subscriber], selection: Selection) -> list[Event]:
    """Notes for readers who have had all that was found that they have; nothing if nothing was."""
    return [
        Passed(member.address_key, dict(selection.covers))
        for member in members
        for spans in [ledger.records.subscribers[member.address_key].spans]
        if any(spans[keyword][-1][1] < upto for keyword, upto in selection.covers.items())
    ]


def _day(subscriber: Subscriber, at: Moment) -> date:
    return at.astimezone(subscriber.timezone).date()

"""Makes digests: new papers of readers become editions, and editions become messages.

Readers with the same keywords, the same history and the same day get the same edition. It is
selected, rendered and serialised once; each reader's message adds a few header lines of its own.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from digest.clock import Moment
from digest.cycle.editing import edition_for
from digest.mail.dkim import ROOM, Ready, Signer
from digest.mail.fitting import SMALLEST, Shape, fit
from digest.mail.message import (
    LIMIT,
    Sender,
    Shared,
    envelope_address,
    message_id,
    recipient_head,
    share,
)
from digest.mail.rendering import Contact, Rendered, Templates
from digest.model.address import Address
from digest.model.edition import Edition
from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriber
from digest.selection.new_papers import Selection, looked_at, unseen
from digest.source.source import Language
from digest.store.claims import History
from digest.store.events import Composed, EditionKept, Event, Passed
from digest.store.known import Known
from digest.text import logfmt

log = logging.getLogger(__name__)

_RECIPIENT_LINES = 1_500
"""Bytes reserved for Message-ID and for To, with the longest possible name and address."""

Likeness = tuple[date, tuple[str, ...], bool, bool, int | None, History, tuple[object, ...]]
"""All facts that decide about a reader's next edition; readers with equal facts share it."""


@dataclass(frozen=True, slots=True)
class Digest:
    """One reader's digest; `edition` is None where there is nothing new.

    `composed` records its messages, one after the other. `subject` is that of the first one.
    """

    subscriber: Subscriber
    edition: Edition | None = None
    composed: tuple[Composed, ...] = ()
    subject: str = ""

    @property
    def papers(self) -> int:
        """The number of papers in the digest."""
        return sum(message.papers for message in self.composed)


@dataclass(frozen=True, slots=True)
class Printed:
    """An edition, or one part of it, as a message; `ready` signs it, None for no signature."""

    edition: Edition
    subject: str
    shared: Shared
    ready: Ready | None


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes digests of the papers in a store.

    `keywords` are all keywords of the configuration, by name, and `language` is that of their
    source. Without a `signer` no message is signed. The digests of so many readers of one edition
    are recorded as one line: `at_once`, or `signed_at_once` where each message is signed, which
    takes a second on a slow machine.
    """

    templates: Templates
    sender: Sender
    keywords: Mapping[str, Keyword]
    language: Language
    signer: Signer | None = None
    at_once: int = 5_000
    signed_at_once: int = 500

    def compose(
        self,
        ledger: Known,
        subscribers: Sequence[Subscriber],
        chosen: Sequence[str] | None,
        at: Moment,
    ) -> Iterator[tuple[list[Digest], list[Event]]]:
        """Yields digests of readers who share an edition, in groups, with the events to record.

        Args:
            ledger: the state. It knows each of the subscribers, and no digest of theirs waits.
                The caller records the yielded events in it before the next step.
            subscribers: the readers to compose for.
            chosen: the keywords to look at, None for all.
            at: the present.
        """
        day = cache(lambda zone: at.astimezone(zone).date())
        groups: dict[Likeness, list[Subscriber]] = defaultdict(list)
        for subscriber in subscribers:
            if chosen is not None and not looked_at(ledger, subscriber, chosen):
                continue  # none of the reader's keywords was looked at
            today = day(subscriber.timezone)
            groups[_likeness(ledger, subscriber, today)].append(subscriber)
        for (today, _, _, empty, *_), members in groups.items():
            yield from self._group(ledger, members, chosen, today, at, empty=empty)

    def _group(
        self,
        ledger: Known,
        members: list[Subscriber],
        chosen: Sequence[str] | None,
        today: date,
        at: Moment,
        *,
        empty: bool,
    ) -> Iterator[tuple[list[Digest], list[Event]]]:
        """Yields the digests of all members in groups, which are smaller if messages are signed.

        With `empty` the members get a digest even if there is nothing new.
        """
        one = members[0]
        keywords = looked_at(ledger, one, chosen)
        selection = unseen(ledger, one, keywords)
        if selection.empty and not empty:
            yield [Digest(member) for member in members], _passed(ledger, members, selection)
            return
        edition = edition_for(
            one,
            keywords,
            selection,
            ledger=ledger,
            configured=self.keywords,
            language=self.language,
            today=today,
        )
        printed = self.printed(edition, one.most, at)
        together = self.signed_at_once if self.signer else self.at_once
        for begin in range(0, len(members), together):
            digests = [
                Digest(member, edition, self._composed(member, printed, selection, at), subject)
                for subject in [printed[0].subject]
                for member in members[begin : begin + together]
            ]
            # The text of an edition was dropped with its last waiting message.
            kept = [self._kept(part) for part in printed]
            new = [part for part in kept if not ledger.edition(part.edition)]
            yield digests, [*new, *(message for one in digests for message in one.composed)]

    def _kept(self, printed: Printed) -> EditionKept:
        shared, edition = printed.shared, printed.edition
        papers = edition.versions if edition.parts > 1 else ()
        path, signature = self.sender.reverse_path, self.signature
        return EditionKept(shared.edition, path, shared.head, shared.body, signature, papers)

    @property
    def signature(self) -> str:
        """A name for all that the sender puts into a message; it changes when that changes."""
        shown = replace(self.sender, return_path=None)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]

    def printed(self, edition: Edition, most: int | None, at: Moment) -> list[Printed]:
        """The edition as messages of the allowed size: one, or as many as its papers need."""
        room = LIMIT - _RECIPIENT_LINES - (ROOM if self.signer else 0)
        parts = self._parts(edition, self.templates, room, most, at)
        if parts is None and self.templates.replaced:
            reason = f"with it no digest is below {LIMIT} bytes"
            log.warning(logfmt("template-too-large", reason=reason, instead="the shipped ones"))
            parts = self._parts(edition, Templates(None), room, most, at)
        if parts is None:  # a title alone is too large: send a large mail
            shared, rendered = self._flatten(edition, self.templates, SMALLEST, at)
            parts = [(edition, shared, rendered)]
        return [
            Printed(part, rendered.subject, shared, self._signs(shared, at))
            for part, shared, rendered in parts
        ]

    def _signs(self, shared: Shared, at: Moment) -> Ready | None:
        return self.signer.ready(shared.head, shared.body, at) if self.signer else None

    def _parts(
        self, edition: Edition, templates: Templates, room: int, most: int | None, at: Moment
    ) -> list[tuple[Edition, Shared, Rendered]] | None:
        """The fewest messages that hold every paper; None where one paper is too large."""
        count = 1
        while count <= max(1, edition.rows):
            divided = edition.divided(count) if count > 1 else [edition]
            smallest = [self._flatten(part, templates, SMALLEST, at)[0] for part in divided]
            if all(shared.excess(room) <= 0 for shared in smallest):
                return [(part, *self._fitted(part, templates, room, most, at)) for part in divided]
            needed = sum(shared.size for shared in smallest) // room
            count = max(count + 1, min(needed, edition.rows))
        return None

    def _fitted(
        self, edition: Edition, templates: Templates, room: int, most: int | None, at: Moment
    ) -> tuple[Shared, Rendered]:
        """One message, with as much of each paper as there is room for."""

        @cache
        def flattened(shape: Shape) -> tuple[Shared, Rendered]:
            return self._flatten(edition, templates, shape, at)

        papers = len(edition.versions)
        return flattened(fit(papers, lambda shape: flattened(shape)[0].excess(room), 0, most))

    def _flatten(
        self, edition: Edition, templates: Templates, shape: Shape, at: Moment
    ) -> tuple[Shared, Rendered]:
        contact = Contact(
            sender=self.sender.answers,
            unsubscribe=self.sender.unsubscribe,
            list_name=self.sender.list_identifier,
        )
        rendered = templates.render(edition, shape, contact)
        return share(rendered.subject, rendered.text, rendered.html, self.sender, at), rendered

    def _composed(
        self, subscriber: Subscriber, printed: Sequence[Printed], selection: Selection, at: Moment
    ) -> tuple[Composed, ...]:
        address = Address(subscriber.email, subscriber.address_key)
        messages = []
        for part in printed:
            identifier = message_id(subscriber.address_key, part.shared.edition, self.sender)
            head = recipient_head(subscriber.name, address, identifier)
            message = Composed(
                address=subscriber.address_key,
                message_id=identifier,
                edition=part.shared.edition,
                recipient=envelope_address(address),
                head=part.ready.field(head) + head if part.ready else head,
                at=at,
                papers=len(part.edition.versions),
                covers=selection.covers,
                part=part.edition.part,
                parts=part.edition.parts,
            )
            messages.append(message)
        return tuple(messages)


def _likeness(ledger: Known, subscriber: Subscriber, today: date) -> Likeness:
    record = ledger.known_reader(subscriber.address_key)
    mailed = record.mailed_at and record.mailed_at.astimezone(subscriber.timezone).date() == today
    return (
        today,
        subscriber.keywords,
        subscriber.updates,
        subscriber.empty and not mailed,  # at most one mail a day says that nothing is new
        subscriber.most,
        record.history,
        tuple(record.had_in_part.items()) if record.had_in_part else (),
    )


def _passed(ledger: Known, members: list[Subscriber], selection: Selection) -> list[Event]:
    """The events for readers who have had all papers found for them; none where none was found."""
    return [
        Passed(member.address_key, selection.covers)
        for member in members
        if any(
            claim.had < claim.upto(upto)
            for keyword, upto in selection.covers.items()
            for claim in ledger.known_reader(member.address_key).claims.get(keyword, ())
        )
    ]

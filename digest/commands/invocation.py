"""The call of a command, and the parts that several commands need."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from digest.clock import Clock
from digest.config.files import load_subscriptions
from digest.config.settings import Settings
from digest.errors import UsageError
from digest.model.subscriber import Subscriber, Subscriptions
from digest.text import did_you_mean, nearest, shown

if TYPE_CHECKING:  # imported at the place of use: they take longer than all of `status`
    from digest.commands.sources import Sources
    from digest.cycle.composing import Composer
    from digest.delivery.connection import Habits, MailServer
    from digest.mail.dkim import Signer
    from digest.mail.message import Sender
    from digest.source.arxiv_api.listing import Listing
    from digest.source.source import Language
    from digest.store.store import Store

PLACEHOLDER = "arxiv-digest@localhost"
"""The sender in place of DIGEST_MAIL_FROM if no mail is sent."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: its options, the settings, and the clock.

    `again` reads the settings once more; `environment` is their source besides .env. `met` holds
    facts learnt about mail servers, by host and port. `meanwhile` is called now and then during a
    wait. `kept` makes the store of a path, None for JSON files.
    """

    options: argparse.Namespace
    settings: Settings
    clock: Clock
    again: Callable[[], Settings] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    met: dict[tuple[str, int], "Habits"] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None
    kept: "Callable[[Path], Store] | None" = None

    def store(self) -> "Store":
        """The store that DIGEST_STATE names."""
        from digest.store.json_file.store import JsonFile

        return (self.kept or JsonFile)(self.settings.state)

    def subscriptions(self) -> Subscriptions:
        """Reads subscribers.yaml. Raises MistakesError or ConfigurationError if it is wrong."""
        state = self.settings.state
        return load_subscriptions(
            self.settings.subscribers, state.with_name(f"{state.name}.subscribers")
        )

    def remarks(self, subscriptions: Subscriptions) -> list[str]:
        """Sentences about valid but probably unintended lines of the configuration."""
        from digest.source.arxiv_api.remarks import remarks

        return [*self.settings.remarks, *remarks(subscriptions.keywords)]

    def language(self) -> "Language":
        """The language in which arXiv is asked."""
        from digest.source.arxiv_api.query import ArxivLanguage

        return ArxivLanguage()

    def sources(self, *, tries: int | None = None) -> "Sources":
        """The clients of arXiv, made from the settings; `tries` replaces their number."""
        from digest.commands.sources import Sources

        return Sources.of(self.settings, self.clock, tries=tries)

    def listing(self, *, tries: int | None = None) -> "Listing":
        """The client of arXiv's query API alone; `tries` replaces the number of tries."""
        return self.sources(tries=tries).listing

    def server(self) -> "MailServer | None":
        """The mail server, None if none is set."""
        from digest.delivery.connection import Habits, MailServer

        settings = self.settings
        if settings.smtp_host is None:
            return None
        return MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            username=settings.smtp_username,
            password=settings.smtp_password.reveal() if settings.smtp_password else None,
            connections=settings.smtp_connections,
            messages=settings.smtp_messages,
            rate=settings.smtp_rate,
            timeout=settings.smtp_timeout,
            helo=settings.smtp_helo,
            habits=self.met.setdefault((settings.smtp_host, settings.smtp_port), Habits()),
        )

    def composer(self, subscriptions: Subscriptions) -> "Composer":
        """The composer of the digests. It warns of broken templates when it is made."""
        from digest.cycle.composing import Composer
        from digest.mail.rendering import Templates

        templates = Templates(self.settings.templates, meanwhile=self.meanwhile)
        templates.try_out()
        keywords = {keyword.name: keyword for keyword in subscriptions.keywords}
        return Composer(templates, self.sender(), keywords, self.language(), self.signer())

    def sender(self) -> "Sender":
        """The sender of the mail."""
        from digest.mail.message import Sender

        return Sender(
            mailbox=self.settings.mail_from or PLACEHOLDER,
            reply_to=self.settings.mail_reply_to,
            list_id=self.settings.mail_list_id,
            return_path=self.settings.mail_return_path,
        )

    def under(self) -> str:
        """The fingerprint of the sender and the mail server, for the pauses of readers."""
        from digest.selection.pauses import fingerprint

        known = self.settings
        server = (known.smtp_host, known.smtp_port, known.smtp_security, known.smtp_username)
        return fingerprint(*server, known.smtp_helo, known.mail_from, known.mail_return_path)

    def signer(self) -> "Signer | None":
        """The signer of the mail, None if no key is set.

        Raises:
            ConfigurationError: The key cannot be used.
        """
        dkim = self.settings.dkim
        if dkim is None:
            return None
        from digest.mail.dkim import Signer
        from digest.mail.dkim_key import read_key

        return Signer(dkim.selector, dkim.domain, read_key(dkim.key.reveal(), dkim.key_is_in))

    def track(self, things: Iterable[T], label: str, total: int) -> Iterator[T]:
        """Yields `things`, with a progress bar on a terminal."""
        if total < 2 or not sys.stderr.isatty():  # a bar for one thing is useless
            yield from things
            return
        from tqdm import tqdm

        yield from tqdm(things, desc=label, total=total, leave=False, dynamic_ncols=True)


def chosen_keywords(names: list[str] | None, known: Subscriptions) -> tuple[str, ...] | None:
    """The keywords named on the command line, None if there are none.

    Raises:
        UsageError: subscribers.yaml has no such keyword.
    """
    if not names:
        return None
    folded = {keyword.name.casefold(): keyword.name for keyword in known.keywords}
    for name in names:
        if name.casefold() not in folded:
            guess = did_you_mean(name, list(folded.values()))
            raise UsageError(f"there is no keyword {shown(name)} in subscribers.yaml{guess}")
    return tuple(folded[name.casefold()] for name in names)


def chosen_readers(addresses: list[str] | None, known: Subscriptions) -> frozenset[str] | None:
    """The addresses named on the command line, in canonical form; None if there are none.

    Raises:
        UsageError: subscribers.yaml has no such address.
    """
    if not addresses:
        return None
    return frozenset(_reader(address, known).address_key for address in addresses)


def _reader(text: str, known: Subscriptions) -> Subscriber:
    from digest.model.address import address

    try:
        key = address(text).key
    except ValueError as error:
        raise UsageError(f"{shown(text)} is no mail address: {error}") from error
    for subscriber in known.subscribers:
        if subscriber.address_key == key:
            return subscriber
    raise UsageError(f"{shown(text)} is no subscriber in subscribers.yaml{_like(text, known)}")


def _like(text: str, known: Subscriptions) -> str:
    """The subscriber whose address looks like `text`, as a question; "" if only the domain does."""
    guess = nearest(text, [subscriber.email for subscriber in known.subscribers], cutoff=0.6)
    if guess is None or not nearest(_local(text), [_local(guess)], cutoff=0.6):
        return ""
    return f"; did you mean {shown(guess)}?"


def _local(text: str) -> str:
    return text.rpartition("@")[0]

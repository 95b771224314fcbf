"""What every command is given, and the parts that several of them put together."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from digest.clock import Clock
from digest.config.files import load_subscriptions
from digest.config.settings import Settings
from digest.errors import UsageError
from digest.model.subscriber import Subscriber, Subscriptions
from digest.text import did_you_mean, shown

if TYPE_CHECKING:  # imported where they are used: they take longer than `status` as a whole
    from digest.cycle.composing import Composer
    from digest.delivery.connection import Habits, MailServer
    from digest.mail.dkim import Signer
    from digest.mail.message import Sender
    from digest.source.arxiv_api.listing import Listing

PLACEHOLDER = "arxiv-digest@localhost"
"""Stands for DIGEST_MAIL_FROM where nothing is sent."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a command: its options, the settings, and the clock to go by.

    `again` reads the settings once more; `environment` is where they come from, besides .env.
    `met` is what was learnt of mail servers, by host and port. `meanwhile` is called now and then
    while something is waited for.
    """

    options: argparse.Namespace
    settings: Settings
    clock: Clock
    again: Callable[[], Settings] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    met: dict[tuple[str, int], "Habits"] = field(default_factory=dict)
    meanwhile: Callable[[], None] = lambda: None

    def subscriptions(self) -> Subscriptions:
        """What subscribers.yaml says; MistakesError or ConfigurationError where that is wrong."""
        state = self.settings.state
        return load_subscriptions(
            self.settings.subscribers, state.with_name(f"{state.name}.subscribers")
        )

    def remarks(self, subscriptions: Subscriptions) -> list[str]:
        """What is no mistake in the configuration, and yet is not what was meant: sentences."""
        from digest.source.arxiv_api.remarks import remarks

        return [*self.settings.remarks, *remarks(subscriptions.keywords)]

    def listing(self, *, tries: int | None = None) -> "Listing":
        """ArXiv's listing, asked as the settings say; `tries` replaces theirs."""
        from digest.source.arxiv_api.listing import Listing

        settings = self.settings
        return Listing(
            url=settings.arxiv_url,
            delay=settings.arxiv_delay,
            timeout=settings.arxiv_timeout,
            tries=tries or settings.arxiv_retries,
            contact=settings.arxiv_contact or "",
            clock=self.clock,
        )

    def server(self) -> "MailServer | None":
        """The mail server, None where none is set."""
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
        """What makes the digests; of a template that is broken it has warned already."""
        from digest.cycle.composing import Composer
        from digest.mail.rendering import Templates

        templates = Templates(self.settings.templates, meanwhile=self.meanwhile)
        templates.try_out()
        keywords = {keyword.name: keyword for keyword in subscriptions.keywords}
        return Composer(templates, self.sender(), keywords, self.signer())

    def sender(self) -> "Sender":
        """Who the mail is from."""
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
        """What signs the mail, None where no key is set.

        Raises:
            ConfigurationError: the key is none that can be used.
        """
        dkim = self.settings.dkim
        if dkim is None:
            return None
        from digest.mail.dkim import Signer
        from digest.mail.dkim_key import read_key

        return Signer(dkim.selector, dkim.domain, read_key(dkim.key.reveal(), dkim.key_is_in))

    def track(self, things: Iterable[T], label: str, total: int) -> Iterator[T]:
        """Yields `things`, with a progress bar where a person is watching."""
        if total < 2 or not sys.stderr.isatty():  # a bar for one thing says nothing
            yield from things
            return
        from tqdm import tqdm

        yield from tqdm(things, desc=label, total=total, leave=False, dynamic_ncols=True)


def chosen_keywords(names: list[str] | None, known: Subscriptions) -> tuple[str, ...] | None:
    """The keywords that the command line names, None where it names none.

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
    """The addresses that the command line names, in canonical form; None where it names none.

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
    guess = did_you_mean(text, [subscriber.email for subscriber in known.subscribers])
    raise UsageError(f"{shown(text)} is no subscriber in subscribers.yaml{guess}")

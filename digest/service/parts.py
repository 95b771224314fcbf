"""Defines the parts that the daemon is given: its assembly and the service manager."""

from typing import Protocol

from digest.clock import Moment
from digest.cycle.cycle import Cycle
from digest.delivery.connection import MailServer
from digest.delivery.transaction import Envelope
from digest.model.subscriber import Subscriptions
from digest.source.source import Language
from digest.store.known import Known
from digest.store.recorder import Recorder


class Assembly(Protocol):
    """Puts the daemon's parts together from the configuration."""

    def version(self) -> object:
        """Returns a value that changes whenever the configuration on the disk changes."""
        ...

    def load(self) -> Subscriptions:
        """Reads the configuration; raises DigestError for a mistake in it."""
        ...

    def cycle(self, subscriptions: Subscriptions, recorder: Recorder) -> Cycle:
        """Puts a cycle together; raises DigestError for a broken template."""
        ...

    def to_compare(self, subscriptions: Subscriptions, known: Known) -> list[str]:
        """Returns the keywords that are to be compared with arXiv's own search now."""
        ...

    @property
    def language(self) -> Language:
        """The language of the source."""
        ...

    def under(self) -> str:
        """Returns the fingerprint of the sender and the mail server (`digest.selection.pauses`)."""
        ...

    def operator_mail(self, lines: list[str], at: Moment) -> Envelope | None:
        """Returns the mail about troubles; None where no operator is named."""
        ...

    def server(self) -> MailServer | None:
        """Returns the mail server; None where there is none."""
        ...


class Manager(Protocol):
    """The service manager that started the daemon, and that receives its status."""

    def ready(self) -> None:
        """Reports that the daemon has started."""
        ...

    def status(self, words: str) -> None:
        """Reports the daemon's status in words."""
        ...

    def reloading(self) -> None:
        """Reports that the daemon reads its configuration again."""
        ...

    def stopping(self) -> None:
        """Reports that the daemon is stopping."""
        ...

    def beat(self) -> None:
        """Reports that the daemon is alive."""
        ...

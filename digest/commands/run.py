"""The command `digest run`: runs the daemon in the foreground."""

import contextlib
import logging
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Self

from digest.clock import Moment
from digest.commands.invocation import Invocation
from digest.commands.sources import Sources
from digest.config.settings import Settings, require_mail
from digest.cycle.composing import Composer
from digest.cycle.cycle import Cycle
from digest.delivery.connection import MailServer
from digest.delivery.transaction import Envelope
from digest.errors import ConfigurationError, StoppedError
from digest.model.subscriber import Subscriptions
from digest.service.daemon import Daemon
from digest.service.loop import loop
from digest.service.operator_mail import trouble_mail
from digest.service.systemd import ServiceManager
from digest.source.source import Language
from digest.stopping import Lifetime
from digest.store.known import Known
from digest.store.recorder import Recorder
from digest.text import logfmt

log = logging.getLogger(__name__)


def run(invocation: Invocation) -> int:
    """Runs until SIGTERM or SIGINT; returns 0."""
    environment = invocation.environment
    manager = ServiceManager(
        environment.get("NOTIFY_SOCKET", ""), environment.get("WATCHDOG_USEC", "")
    )
    lifetime = Lifetime(manager.beat)
    invocation = replace(invocation, meanwhile=lifetime.go_on)
    with (
        contextlib.closing(lifetime),
        contextlib.suppress(StoppedError),  # stopped before it was up
        _signals(lifetime),
        Parts(invocation, lifetime) as parts,
    ):
        daemon = Daemon(parts, invocation.store(), invocation.clock, lifetime, manager)
        daemon.start()
        loop(daemon, invocation.clock, lifetime, manager)
    return 0


class Parts:
    """A maker of the daemon's parts, from the current files of the configuration."""

    def __init__(self, invocation: Invocation, lifetime: Lifetime | None = None) -> None:
        self._invocation = invocation
        self._lifetime = lifetime
        self._sources: Sources | None = None
        self._composer: Composer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close_sources()

    def version(self) -> object:
        """The size and time of subscribers.yaml; None if it is missing."""
        try:
            stat = self._invocation.settings.subscribers.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def load(self) -> Subscriptions:
        """Reads the settings and subscribers.yaml. After an error the old ones stay in force."""
        known = self._invocation
        settings = known.again() if known.again else known.settings
        _check(settings, known.settings.state)
        fresh = replace(known, settings=settings)
        subscriptions = fresh.subscriptions()
        for remark in fresh.remarks(subscriptions):
            log.warning(logfmt("remark", reason=remark))
        self._composer = fresh.composer(subscriptions)
        self._invocation = fresh
        self._close_sources()
        return subscriptions

    def cycle(self, subscriptions: Subscriptions, recorder: Recorder) -> Cycle:
        """A cycle with all its parts."""
        invocation = self._invocation
        sources = self._open_sources()
        sources.resume()
        calendar = subscriptions.calendar
        composer, self._composer = self._composer, None  # later cycles read the templates again
        composer = composer or invocation.composer(subscriptions)
        return Cycle(
            subscriptions=subscriptions,
            recorder=recorder,
            fetcher=sources.fetcher(calendar),
            harvesting=sources.harvesting(calendar, self._lifetime, comes_again=True),
            auditing=sources.auditing(calendar, self._lifetime),
            composer=composer,
            server=invocation.server(),
            clock=invocation.clock,
            track=invocation.track,
            under=invocation.under(),
        )

    @property
    def language(self) -> Language:
        """The language of the source."""
        return self._invocation.language()

    def under(self) -> str:
        """The fingerprint of the sender and the mail server."""
        return self._invocation.under()

    def operator_mail(self, lines: list[str], at: Moment) -> Envelope | None:
        """The mail about troubles to the operator; None if no operator is set."""
        settings = self._invocation.settings
        if settings.operator is None:
            return None
        sender, signer = self._invocation.sender(), self._invocation.signer()
        return trouble_mail(lines, settings.operator, sender, at, signer)

    def server(self) -> MailServer | None:
        """The mail server; None if none is set."""
        return self._invocation.server()

    def to_compare(self, subscriptions: Subscriptions, known: Known) -> list[str]:
        """The keywords that are to be compared with arXiv's own search now."""
        sources, calendar = self._open_sources(), subscriptions.calendar
        harvesting, auditing = sources.harvesting(calendar), sources.auditing(calendar)
        if harvesting is None or auditing is None:
            return []
        return auditing.turn(known, harvesting.evaluable)

    def _open_sources(self) -> Sources:
        if self._sources is None:
            self._sources = self._invocation.sources()
        return self._sources

    def _close_sources(self) -> None:
        if self._sources is not None:
            self._sources.close()
            self._sources = None


def _check(settings: Settings, state: Path) -> None:
    require_mail(settings)
    if settings.state != state:
        raise ConfigurationError(
            f"DIGEST_STATE is {settings.state} now, and the daemon runs with {state}: start it anew"
        )


@contextlib.contextmanager
def _signals(lifetime: Lifetime) -> Iterator[None]:
    """Handles signals inside the `with` block: SIGTERM and SIGINT stop, SIGHUP wakes."""

    def stop(_: int, __: FrameType | None) -> None:
        lifetime.stop()

    def wake(_: int, __: FrameType | None) -> None:
        lifetime.wake()

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: wake}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

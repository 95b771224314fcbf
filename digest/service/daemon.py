"""What is due, done: a step at a time.

    configuration, if it changed ─> store ─> what is due ─┬─> ask arXiv
                                                          ├─> offer, compose, deliver
                                                          └─> nothing, until then

A step does one kind of thing and returns; then everything is decided anew. The store is opened to
write while there is something to do, and closed again, so that the other commands work beside it.
A step that fails, whatever the reason, has changed nothing that is not recorded: it is told, and
looked at again in a minute.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from digest.clock import Clock, Moment
from digest.cycle.cycle import Cycle, Wish
from digest.cycle.fetching import Interruptible
from digest.cycle.reconciling import reconcile
from digest.cycle.report import Report
from digest.delivery.connection import MailServer
from digest.delivery.transaction import Envelope
from digest.errors import ClockBehindError, DigestError, StoppedError
from digest.model.subscriber import Subscriptions
from digest.service.due import Due, due, unserved
from digest.service.mishaps import Mishaps
from digest.service.operator_post import OperatorPost
from digest.service.outlook import outlook
from digest.service.repetition import Repetition
from digest.service.troubles import A_DAY, notices, paused, to_be_told, troubles
from digest.stopping import Lifetime
from digest.store.events import OperatorTold, Served
from digest.store.json_file.store import Store, reading, signature, writing
from digest.store.known import Known
from digest.store.recorder import Noting, Recorder
from digest.text import counted, logfmt

log = logging.getLogger(__name__)


class Workshop(Protocol):
    """What makes the daemon's parts from the configuration."""

    def version(self) -> object:
        """Something else whenever the configuration on the disk is another."""
        ...

    def load(self) -> Subscriptions:
        """Reads the configuration; DigestError where there is a mistake in it."""
        ...

    def cycle(self, subscriptions: Subscriptions, recorder: Recorder) -> Cycle:
        """The parts of a cycle, put together. DigestError where a template is broken."""
        ...

    def under(self) -> str:
        """The fingerprint of the sender and the mail server (`digest.selection.pauses`)."""
        ...

    def operator_mail(self, lines: list[str], at: Moment) -> Envelope | None:
        """The mail that tells the operator of troubles; None where nobody is named."""
        ...

    def server(self) -> MailServer | None:
        """The mail server; None where there is none."""
        ...


class Manager(Protocol):
    """Who started the daemon, and is told how it is."""

    def ready(self) -> None:
        """It is up."""
        ...

    def status(self, words: str) -> None:
        """What it is doing."""
        ...

    def reloading(self) -> None:
        """It reads the configuration again."""
        ...

    def stopping(self) -> None:
        """It is on its way out."""
        ...

    def beat(self) -> None:
        """It is alive."""
        ...


class Duty:
    """The daemon's work.

    Args:
        workshop: makes its parts.
        state: where the store is.
        clock: what the time is.
        lifetime: whether to go on.
        manager: who is told.
    """

    def __init__(
        self, workshop: Workshop, state: Path, clock: Clock, lifetime: Lifetime, manager: Manager
    ) -> None:
        self._workshop = workshop
        self._state = state
        self._clock = clock
        self._lifetime = lifetime
        self._manager = manager
        self._subscriptions: Subscriptions | None = None
        self._version: object = None
        self._mistake = ""
        self._repetition = Repetition()
        self._operator = OperatorPost(workshop, lifetime)
        self._mishaps = Mishaps(self._operator, manager.status)
        self._read: tuple[object, Known] | None = None
        self._compared: tuple[Known, Subscriptions, Moment] | None = None
        self._failures: set[str] = set()
        self._warned_of = 0

    def start(self) -> None:
        """Reads the configuration and tries the store, once.

        Raises:
            DigestError: it cannot run so.
        """
        self._version = self._workshop.version()
        self._subscriptions = self._workshop.load()
        try:
            with self._writing() as store:
                self._workshop.cycle(self._subscriptions, store)
                self._take_note(store, self._subscriptions)
                for address, reason in paused(store.known, self._subscriptions):
                    log.warning(logfmt("paused", recipient=address, reason=reason))
        except DigestError as error:
            if not isinstance(error, ClockBehindError):
                raise
            self._failed(error)  # a machine that has just started hears the time soon
        except Exception as error:  # noqa: BLE001 (the first step tries it again)
            self._failed(error)
        log.info(
            logfmt(
                "started",
                subscribers=len(self._subscriptions.subscribers),
                keywords=len(self._subscriptions.keywords),
            )
        )
        self._manager.ready()

    def step(self) -> Moment:
        """Does one thing that is due, if there is any; returns when to look again.

        Raises:
            StoppedError: it was told to stop; what was done is recorded.
        """
        try:
            self._reload_if_changed()
            look = self._step()
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 (the daemon outlives a mistake of its own)
            return self._failed(error)
        self._mishaps.over()
        return look

    def _failed(self, error: Exception) -> Moment:
        """Tells of a step that failed; returns when to try again.

        The reason may be MemoryError: what is kept to save time is let go first. What is no
        `Exception`, such as KeyboardInterrupt, is somebody's wish and ends the process.
        """
        self._read = self._compared = None
        self._repetition.forget()
        return self._mishaps.look(error, self._clock.now())

    def changed(self) -> bool:
        """Whether the configuration on the disk is another than the one that is known."""
        return self._workshop.version() != self._version

    def _step(self) -> Moment:
        subscriptions = self._subscriptions
        assert subscriptions is not None
        now = self._clock.now()
        ledger = self._ledger()
        if self._news(ledger, subscriptions):
            with self._writing() as store:
                self._take_note(store, subscriptions)
            ledger = self._ledger()
        what = due(ledger, subscriptions, now)
        if not what.anything:
            self._tell_operator(ledger, subscriptions)
            self._tell(what, ledger, subscriptions)
            return what.look
        done = (signature(self._state), what.keywords, what.digests, what.again)
        if look := self._repetition.look(done, now):
            log.error(logfmt("due-again", reason="what is due was done, and is due again"))
            return look
        del ledger
        with self._writing() as store:
            self._do(what, self._workshop.cycle(subscriptions, store))
        return now

    def _do(self, what: Due, cycle: Cycle) -> None:
        cycle = replace(
            cycle,
            source=Interruptible(cycle.source, self._lifetime),
            lifetime=self._lifetime,
        )
        if what.keywords:
            self._manager.status(f"asking arXiv for {counted(len(what.keywords), 'keyword')}")
            cycle.fetch(what.keywords, Report())
            return
        addresses = frozenset({*what.digests, *what.again})
        self._manager.status(f"mailing {counted(len(addresses), 'digest')}")
        report = cycle.mail(Wish(addresses=addresses, slots=what.digests))
        log.info(report.mailed)
        failures = {str(failure) for failure in report.failures}
        for failure in sorted(failures - self._failures):  # once, and not at each try
            log.error(logfmt("mail-failed", reason=failure))
        self._failures = failures

    def _tell_operator(self, ledger: Known, subscriptions: Subscriptions) -> None:
        """Mails what has been wrong for long, once a day at most; tries once an hour."""
        now = self._clock.now()
        once = notices(ledger, subscriptions)
        lines = [*troubles(ledger, subscriptions, now), *once]
        if not lines or not to_be_told(ledger, lines, now):
            return
        if self._operator.tell("troubles", lines, now):
            with self._writing() as store:
                store.record(OperatorTold(now, tuple(lines), tuple(once)))

    def _news(self, ledger: Known, subscriptions: Subscriptions) -> bool:
        """Whether the store does not know the configuration yet.

        While both stay as they are and the clock is not set, what was known stays known for a day.
        """
        now = self._clock.now()
        known, configured, at = self._compared or (None, None, now)
        if known is ledger and configured is subscriptions and timedelta() <= now - at < A_DAY:
            return False
        rehearsed = Noting(ledger)
        reconcile(rehearsed, subscriptions, now, self._workshop.under())
        news = rehearsed.noted or bool(_newcomers(ledger, subscriptions, now))
        self._compared = None if news else (ledger, subscriptions, now)
        return news

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        """The store, open to write; what it then holds need not be read again."""
        self._read = self._compared = None
        with writing(self._state) as store:
            yield store
        self._read = (store.version, store.known)

    def _take_note(self, store: Recorder, subscriptions: Subscriptions) -> None:
        """Records what the configuration has changed; who is new begins with their next slot."""
        now = self._clock.now()
        reconcile(store, subscriptions, now, self._workshop.under())
        new = [Served(key, now) for key in _newcomers(store.known, subscriptions, now)]
        store.record(*new)

    def _ledger(self) -> Known:
        """What the store holds; read again only when its files are others."""
        version = signature(self._state)
        if self._read is None or self._read[0] != version:
            self._read = (version, reading(self._state))
        return self._read[1]

    def _reload_if_changed(self) -> None:
        told, self._lifetime.woken = self._lifetime.woken, False
        version = self._workshop.version()
        if version == self._version and not told:
            return
        self._manager.reloading()
        self._version = version
        try:
            self._subscriptions = self._workshop.load()
        except DigestError as error:
            if str(error) != self._mistake:
                for line in str(error).splitlines():
                    log.error(logfmt("configuration-mistake", reason=line))  # noqa: TRY400
                log.error(logfmt("configuration-kept", reason="that of before stays in force"))  # noqa: TRY400
            self._mistake = str(error)
        else:
            self._mistake = ""
            log.info(logfmt("configuration-read"))
        self._manager.ready()

    def _tell(self, what: Due, ledger: Known, subscriptions: Subscriptions) -> None:
        year = subscriptions.calendar.next(self._clock.now()).year
        if not subscriptions.calendar.knows(year) and year != self._warned_of:
            self._warned_of = year
            log.warning(logfmt("holidays-unknown", year=year, advice="name them under `holidays`"))
        words = outlook(what, ledger, subscriptions, self._clock.now())
        if self._mistake:
            words += "; the configuration has a mistake, that of before is in force"
        self._manager.status(words)
        log.info(logfmt("waiting", outlook=words))


def _newcomers(ledger: Known, subscriptions: Subscriptions, now: Moment) -> list[str]:
    """The addresses of which it is not known what they were served."""
    keys = (reader.address_key for reader in subscriptions.subscribers)
    return [key for key in keys if unserved(ledger.reader(key), now)]

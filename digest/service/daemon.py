"""Does the daemon's work, one step at a time.

    configuration, if it changed ─> store ─> the due work ─┬─> ask arXiv
                                                           ├─> offer, compose, deliver
                                                           └─> nothing, until the next due time

A step does one kind of work and returns; the next step decides anew. The store is open for writing
only during work, so that other commands can run beside the daemon. A step that fails is reported
and tried again a minute later. It has changed nothing beyond its recorded events.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from digest.clock import Clock, Moment
from digest.cycle.cycle import Cycle, Wish
from digest.cycle.fetching import Interruptible
from digest.cycle.reconciling import reconcile
from digest.cycle.report import Report
from digest.errors import ClockBehindError, DigestError, StoppedError
from digest.model.subscriber import Subscriptions
from digest.service.due import Due, due, unserved
from digest.service.mishaps import Mishaps
from digest.service.operator_post import OperatorPost
from digest.service.outlook import outlook
from digest.service.parts import Assembly, Manager
from digest.service.repetition import Repetition
from digest.service.troubles import A_DAY, notices, paused, should_mail, troubles
from digest.stopping import Lifetime
from digest.store.events import OperatorTold, Served
from digest.store.known import Known
from digest.store.recorder import Noting, Recorder
from digest.store.store import Store, Writer
from digest.text import counted, logfmt

log = logging.getLogger(__name__)

_AN_HOUR = timedelta(hours=1)


class Daemon:
    """The daemon: it notes a changed configuration, and does the due work step by step.

    Args:
        assembly: makes the daemon's parts.
        store: holds the state.
        clock: the source of the time.
        lifetime: says whether to go on.
        manager: receives the status.
    """

    def __init__(
        self, assembly: Assembly, store: Store, clock: Clock, lifetime: Lifetime, manager: Manager
    ) -> None:
        self._assembly = assembly
        self._store = store
        self._clock = clock
        self._lifetime = lifetime
        self._manager = manager
        self._subscriptions: Subscriptions | None = None
        self._version: object = None
        self._mistake = ""
        self._repetition = Repetition()
        self._operator = OperatorPost(assembly, lifetime)
        self._mishaps = Mishaps(self._operator, manager.status)
        self._read: tuple[object, Known] | None = None
        self._compared: tuple[Known, Subscriptions, Moment] | None = None
        self._failures: set[str] = set()
        self._warned_of = 0
        self._failed_at: Moment | None = None

    def start(self) -> None:
        """Reads the configuration, and opens the store once.

        Raises:
            DigestError: the daemon cannot run with these settings, files or store.
        """
        self._version = self._assembly.version()
        self._subscriptions = self._assembly.load()
        try:
            with self._writing() as store:
                self._assembly.cycle(self._subscriptions, store)
                self._take_note(store, self._subscriptions)
                for address, reason in paused(store.known, self._subscriptions):
                    log.warning(logfmt("paused", recipient=address, reason=reason))
        except DigestError as error:
            if not isinstance(error, ClockBehindError):
                raise
            self._failed(error)  # a machine that has just started sets its clock soon
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
        """Does one kind of due work, if there is any; returns the time of the next step.

        Raises:
            StoppedError: the process was asked to stop; the work so far is recorded.
        """
        try:
            self._reload_if_changed()
            look = self._step()
        except StoppedError:
            raise
        except Exception as error:  # noqa: BLE001 (the daemon survives its own errors)
            return self._failed(error)
        self._mishaps.over()
        return look

    def _failed(self, error: Exception) -> Moment:
        """Reports a failed step; returns the time of the next try.

        The error may be a MemoryError, so all cached data is dropped first. An error that is no
        `Exception`, such as KeyboardInterrupt, is a request and ends the process.
        """
        self._read = self._compared = None
        self._repetition.forget()
        return self._mishaps.look(error, self._clock.now())

    def changed(self) -> bool:
        """Returns whether the configuration on the disk has changed since it was read."""
        return self._assembly.version() != self._version

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
            if self._compare(ledger, subscriptions):
                return now
            self._mail_operator(ledger, subscriptions)
            self._report_status(what, ledger, subscriptions)
            return what.look
        done = (self._store.version(), what.keywords, what.digests, what.again)
        if look := self._repetition.look(done, now):
            log.error(logfmt("due-again", reason="what is due was done, and is due again"))
            return look
        del ledger
        with self._writing() as store:
            self._do(what, self._assembly.cycle(subscriptions, store))
        return now

    def _do(self, what: Due, cycle: Cycle) -> None:
        cycle = replace(
            cycle,
            fetcher=Interruptible(cycle.fetcher, self._lifetime),
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
        for failure in sorted(failures - self._failures):  # logs each failure once
            log.error(logfmt("mail-failed", reason=failure))
        self._failures = failures

    def _compare(self, ledger: Known, subscriptions: Subscriptions) -> bool:
        """Compares one keyword with arXiv's own search, if it is time; returns whether it did.

        After a failure it waits for an hour.
        """
        now = self._clock.now()
        if self._failed_at and timedelta() <= now - self._failed_at < _AN_HOUR:
            return False
        names = self._assembly.to_compare(subscriptions, ledger)[:1]
        if not names:
            return False
        self._manager.status(f"comparing {names[0]} with arXiv's own search")
        with self._writing() as store:
            done = self._assembly.cycle(subscriptions, store).compare(names)
        self._failed_at = None if done else now
        return done

    def _mail_operator(self, ledger: Known, subscriptions: Subscriptions) -> None:
        """Mails lasting troubles to the operator, at most once a day; tries once an hour."""
        now = self._clock.now()
        once = notices(ledger, subscriptions)
        lines = [*troubles(ledger, subscriptions, now), *once]
        if not lines or not should_mail(ledger, lines, now):
            return
        if self._operator.send("troubles", lines, now):
            with self._writing() as store:
                store.append(OperatorTold(now, tuple(lines), tuple(once)))

    def _news(self, ledger: Known, subscriptions: Subscriptions) -> bool:
        """Returns whether the configuration has changes that the store does not have yet.

        The answer is reused for a day while both stay unchanged and the clock is not set.
        """
        now = self._clock.now()
        known, configured, at = self._compared or (None, None, now)
        if known is ledger and configured is subscriptions and timedelta() <= now - at < A_DAY:
            return False
        rehearsed = Noting(ledger)
        reconcile(rehearsed, subscriptions, self._assembly.language, now, self._assembly.under())
        news = rehearsed.noted or bool(_newcomers(ledger, subscriptions, now))
        self._compared = None if news else (ledger, subscriptions, now)
        return news

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        """Opens the store for writing; its content afterwards need not be read again."""
        self._read = self._compared = None
        with self._store.writing() as store:
            yield store
        self._read = (store.version, store.known)

    def _take_note(self, store: Recorder, subscriptions: Subscriptions) -> None:
        """Records the changes in the configuration; a new reader begins with their next slot."""
        now = self._clock.now()
        reconcile(store, subscriptions, self._assembly.language, now, self._assembly.under())
        new = [Served(key, now) for key in _newcomers(store.known, subscriptions, now)]
        store.append(*new)

    def _ledger(self) -> Known:
        """Returns the content of the store; reads it again only when its files have changed."""
        version = self._store.version()
        if self._read is None or self._read[0] != version:
            self._read = (version, self._store.reading())
        return self._read[1]

    def _reload_if_changed(self) -> None:
        asked, self._lifetime.woken = self._lifetime.woken, False
        version = self._assembly.version()
        if version == self._version and not asked:
            return
        self._manager.reloading()
        self._version = version
        try:
            self._subscriptions = self._assembly.load()
        except DigestError as error:
            if str(error) != self._mistake:
                for line in str(error).splitlines():
                    log.error(logfmt("configuration-mistake", reason=line))  # noqa: TRY400
                log.error(logfmt("configuration-kept", reason="the previous one stays in force"))  # noqa: TRY400
            self._mistake = str(error)
        else:
            self._mistake = ""
            log.info(logfmt("configuration-read"))
        self._manager.ready()

    def _report_status(self, what: Due, ledger: Known, subscriptions: Subscriptions) -> None:
        year = subscriptions.calendar.next(self._clock.now()).year
        if not subscriptions.calendar.knows(year) and year != self._warned_of:
            self._warned_of = year
            log.warning(logfmt("holidays-unknown", year=year, advice="name them under `holidays`"))
        words = outlook(what, ledger, subscriptions, self._clock.now())
        if self._mistake:
            words += "; the configuration has a mistake, the previous one is in force"
        self._manager.status(words)
        log.info(logfmt("waiting", outlook=words))


def _newcomers(ledger: Known, subscriptions: Subscriptions, now: Moment) -> list[str]:
    """Returns the addresses of readers without a valid last slot."""
    keys = (reader.address_key for reader in subscriptions.subscribers)
    return [key for key in keys if unserved(ledger.reader(key), now)]

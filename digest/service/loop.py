"""Runs the daemon's loop of steps and sleep; the only module that uses `schedule`.

wake ─> step (digest.service.daemon) ─> time of the next step ─> sleep
^                                                    └─> until then, or until something changes
└────────────────────────────────────────────────────┘
"""

import contextlib
import logging
import time
from collections.abc import Iterator

import schedule

from digest.clock import Clock, Moment
from digest.errors import StoppedError
from digest.service.daemon import Daemon
from digest.service.parts import Manager
from digest.stopping import Lifetime
from digest.text import logfmt

log = logging.getLogger(__name__)

_SLICE = 5.0
"""Seconds between two checks of the clock and the configuration during sleep."""
_A_DAY = 86_400.0
"""Seconds of the longest sleep, so that `schedule` can compute its end."""
_SET = 10.0
"""Seconds of difference to the monotonic clock from which on the clock counts as set."""


def loop(daemon: Daemon, clock: Clock, lifetime: Lifetime, manager: Manager) -> None:
    """Runs step after step; returns when the process is asked to stop."""
    with contextlib.suppress(StoppedError):
        while not lifetime.stopping:
            manager.beat()
            look = daemon.step()
            for _ in _asleep(look, clock, lifetime):
                manager.beat()
                if daemon.changed():
                    break
    manager.stopping()
    log.info(logfmt("stopped"))


def _asleep(look: Moment, clock: Clock, lifetime: Lifetime) -> Iterator[None]:
    """Sleeps until a moment, or until something changes; yields every few seconds.

    `schedule` uses the wall clock alone, so after the clock is set it could sleep for a day. So the
    monotonic clock is read as well, and the sleep ends where the two differ.
    """
    rung: list[bool] = []
    alarm = schedule.Scheduler()
    seconds = min(_A_DAY, max(0.0, (look - clock.now()).total_seconds()))
    alarm.every(max(1, round(seconds))).seconds.do(rung.append, True)
    began, counted_from = clock.now(), time.monotonic()
    while not (rung or lifetime.stopping or lifetime.woken or clock.now() >= look):
        lifetime.sleep(min(_SLICE, max(0.0, alarm.idle_seconds or 0.0)))
        alarm.run_pending()
        passed = (clock.now() - began).total_seconds()
        if abs(passed - (time.monotonic() - counted_from)) > _SET:
            log.warning(
                logfmt("clock-set", seconds=round(passed - (time.monotonic() - counted_from)))
            )
            return
        yield

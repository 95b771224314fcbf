"""The daemon's loop, which does what is due and sleeps. Only it uses `schedule`.

wake ─> step (digest.service.daemon) ─> when to look again ─> sleep
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
from digest.service.daemon import Duty, Manager
from digest.stopping import Lifetime
from digest.text import logfmt

log = logging.getLogger(__name__)

_SLICE = 5.0
"""Seconds between two looks at the clock and at the configuration, while there is nothing to do."""
_A_DAY = 86_400.0
"""Seconds; the longest sleep, so that no moment is beyond the calendar."""
_SET = 10.0
"""A clock that is so many seconds off what has passed was set."""


def loop(duty: Duty, clock: Clock, lifetime: Lifetime, manager: Manager) -> None:
    """Steps for as long as the process lives; returns when it is told to stop."""
    with contextlib.suppress(StoppedError):
        while not lifetime.stopping:
            manager.beat()
            look = duty.step()
            for _ in _asleep(look, clock, lifetime):
                manager.beat()
                if duty.changed():
                    break
    manager.stopping()
    log.info(logfmt("stopped"))


def _asleep(look: Moment, clock: Clock, lifetime: Lifetime) -> Iterator[None]:
    """Sleeps until a moment, or until there is reason to look earlier; yields every few seconds.

    `schedule` knows the clock on the wall alone: a clock that is set would have it sleep for a day.
    So the time that has passed is measured as well, and where the two differ there is an end.
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

"""A daemon that lives on a clock of its own, in an installation with stand-ins."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from installation import Lab

from digest.commands.invocation import Invocation
from digest.commands.run import Parts
from digest.config.settings import settings_from
from digest.service.daemon import Daemon
from digest.service.systemd import ServiceManager
from digest.standin.mailserver import Received
from digest.stopping import Lifetime
from digest.store.json_file.store import JsonFile

OPERATOR = "ops@example.org"


@dataclass(slots=True)
class Life:
    """A daemon in a lab, and when its mails came."""

    lab: Lab
    daemon: Daemon
    lifetime: Lifetime
    came: list[tuple[str, datetime]]

    def until(self, end: datetime) -> int:
        """Lets it live until a moment; returns how often it woke."""
        clock, wakes = self.lab.clock, 0
        while clock.moment < end:
            look = self.daemon.step()
            wakes += 1
            clock.moment = max(clock.moment, min(look, end))
        return wakes


@contextmanager
def living(lab: Lab) -> Iterator[Life]:
    """A daemon that has not started yet."""
    settings = settings_from(lab.environment | {"DIGEST_OPERATOR": OPERATOR})
    invocation = Invocation(argparse.Namespace(), settings, lab.clock)
    lifetime = Lifetime()
    came: list[tuple[str, datetime]] = []

    def note(received: Received) -> None:
        came.append((received.recipients[0], lab.clock.moment))

    lab.mail.data_reply = note
    with Parts(invocation) as parts:
        daemon = Daemon(parts, JsonFile(settings.state), lab.clock, lifetime, ServiceManager(""))
        yield Life(lab, daemon, lifetime, came)
    lifetime.close()

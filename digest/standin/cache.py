"""The cache of the content delivery network in front of arXiv's OAI-PMH server.

It keeps a list that reaches today for an hour, and a closed one for four days; an announcement
purges both. It keeps an error until the next 00:00 UTC, and no announcement purges that: a client
that asked for a day without records is told so all day (arXiv's published code, arXiv/oaipmh).
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta

from digest.clock import Moment
from digest.model.announcements import Calendar
from digest.standin.oai import Answer


@dataclass(slots=True)
class Cache:
    """The kept answers; `calendar` says when arXiv announces."""

    calendar: Calendar = field(default_factory=Calendar)
    _kept: dict[Hashable, tuple[Moment, Answer]] = field(default_factory=dict)

    def answer(
        self, request: Hashable, at: Moment, made: Callable[[], Answer]
    ) -> tuple[Answer, timedelta]:
        """Returns a kept answer to the same request, or else makes one; and the age of it."""
        if request in self._kept:
            since, answer = self._kept[request]
            purged = answer.purged and self.calendar.last(at) > since
            if since <= at < since + answer.kept and not purged:
                return answer, at - since
        answer = made()
        self._kept[request] = at, answer
        return answer, timedelta()

"""Subscribers: their addresses, keywords and schedules."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from digest.model.announcements import Calendar
from digest.model.keyword import Keyword


@dataclass(frozen=True, slots=True)
class Pause:
    """A range of days without mail for a reader, both ends included.

    `first` is None for a pause that has already begun.
    """

    first: date | None
    last: date

    def __contains__(self, day: date) -> bool:
        return day <= self.last and (self.first is None or self.first <= day)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a subscriber's mail, and the options for its content.

    `at` is a local time in `timezone`. `days` are weekdays, 0 for Monday; with `monthly` only the
    first of them in each month counts. `updates`: show new versions. `empty`: send a mail even if
    nothing is new. `most`: the most papers printed in full in one mail, None for as many as fit.
    `pause`: days without mail.
    """

    at: time = time(8)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    days: frozenset[int] = frozenset(range(5))
    updates: bool = False
    empty: bool = False
    monthly: bool = False
    most: int | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person who gets mail about `keywords`, in the file's order, at the times of `schedule`.

    `address_key` is the same for two ways of writing one address; `name` is empty if none is given.
    Readers with equal keywords or schedules share these objects.
    """

    email: str
    name: str
    keywords: tuple[str, ...]
    schedule: Schedule
    address_key: str

    @property
    def timezone(self) -> ZoneInfo:
        """The time zone that decides the reader's date."""
        return self.schedule.timezone

    @property
    def updates(self) -> bool:
        """Whether new versions of papers are shown."""
        return self.schedule.updates

    @property
    def empty(self) -> bool:
        """Whether a mail is sent even if nothing is new."""
        return self.schedule.empty

    @property
    def most(self) -> int | None:
        """The most papers printed in full in one mail, None for as many as fit."""
        return self.schedule.most


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The content of subscribers.yaml. A new keyword mails the papers of `first_days` days.

    A digest waits for arXiv for at most `patience`. `calendar` includes the file's holidays.
    `file` is its path, which distinguishes configurations that share one state.
    """

    keywords: tuple[Keyword, ...]
    subscribers: tuple[Subscriber, ...]
    first_days: int
    timezone: ZoneInfo
    patience: timedelta = timedelta(hours=2)
    calendar: Calendar = field(default_factory=Calendar)
    file: str = "subscribers.yaml"

    def keyword(self, name: str) -> Keyword:
        """The keyword called `name`; KeyError if there is none."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword
        raise KeyError(name)


def is_first_of_month(day: date, days: frozenset[int]) -> bool:
    """Whether `day`, one of the weekdays `days`, is the first such day of its month."""
    return all((day - timedelta(back)).weekday() not in days for back in range(1, day.day))

"""Who gets mail, of which keywords, when and how."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from digest.model.announcements import Calendar
from digest.model.keyword import Keyword


@dataclass(frozen=True, slots=True)
class Pause:
    """The days on which a reader gets nothing, the first and the last among them.

    `first` is None where the pause has begun already.
    """

    first: date | None
    last: date

    def __contains__(self, day: date) -> bool:
        return day <= self.last and (self.first is None or self.first <= day)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a mail goes out, and with what: what a subscriber takes from `defaults`.

    `at` is a local time in `timezone`, `days` counts from 0, Monday, and with `monthly` only the
    first of these days in a month counts; `updates` says whether new versions are shown, `empty`
    whether a mail goes out when there is nothing new. At `most` so many papers stand in full in one
    mail, None for as many as fit; in the `pause` nothing goes out.
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
    """Someone who gets mail: `keywords`, in the file's order, when and how the `schedule` says.

    `address_key` is the same for two ways of writing one address; `name` is empty where none is
    given. Readers with equal keywords or schedules share these objects.
    """

    email: str
    name: str
    keywords: tuple[str, ...]
    schedule: Schedule
    address_key: str

    @property
    def timezone(self) -> ZoneInfo:
        """Where the reader's days begin and end."""
        return self.schedule.timezone

    @property
    def updates(self) -> bool:
        """Whether new versions are shown."""
        return self.schedule.updates

    @property
    def empty(self) -> bool:
        """Whether a mail goes out when there is nothing new."""
        return self.schedule.empty

    @property
    def most(self) -> int | None:
        """How many papers stand in full in one mail, None for as many as fit."""
        return self.schedule.most


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The whole file. A new keyword mails the papers of the last `first_days` days.

    A digest waits for at most `patience` for arXiv. `calendar` knows of the holidays in the file.
    `file` is its path, which tells it from other configurations that share a state.
    """

    keywords: tuple[Keyword, ...]
    subscribers: tuple[Subscriber, ...]
    first_days: int
    timezone: ZoneInfo
    patience: timedelta = timedelta(hours=2)
    calendar: Calendar = field(default_factory=Calendar)
    file: str = "subscribers.yaml"

    def keyword(self, name: str) -> Keyword:
        """The keyword called `name`; KeyError where there is none."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword
        raise KeyError(name)


def is_first_of_month(day: date, days: frozenset[int]) -> bool:
    """Whether `day`, which is one of `days` of the week, is the first such day of its month."""
    return all((day - timedelta(back)).weekday() not in days for back in range(1, day.day))

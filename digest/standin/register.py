"""The records of one of arXiv's services: the papers that it knows at a given time, and since when.

    Holding  one version of a paper, or the same version after an edit
    Listed   the record of a paper at a given time: its current text and its time stamp
    Change   an announcement or an edit

The search, the harvest and the feeds have a register each, since they learn of a paper at different
times.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from digest.clock import Moment
from digest.model.paper import Paper

_AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class Holding:
    """One version of a paper, which searches find from `visible_from` on.

    The harvest and the feeds give the texts `raw_…`, which have TeX's accents; where one is None,
    they give the paper's own text. `source_type` is the letter of the source's format, `I` for a
    withdrawn paper. `announced` is False for an edit, which changes no version.
    """

    paper: Paper
    visible_from: Moment
    raw_title: str | None = None
    raw_abstract: str | None = None
    raw_authors: str | None = None
    raw_comment: str | None = None
    journal_ref: str = ""
    report_no: str = ""
    doi: str = ""
    submitter: str = ""
    source_type: str = ""
    announced: bool = True

    @property
    def title(self) -> str:
        """The title with its TeX."""
        return self.paper.title if self.raw_title is None else self.raw_title

    @property
    def abstract(self) -> str:
        """The abstract with its TeX."""
        return self.paper.abstract if self.raw_abstract is None else self.raw_abstract

    @property
    def authors(self) -> str:
        """The authors as one text with its TeX, and with affiliations if the authors gave any."""
        return ", ".join(self.paper.authors) if self.raw_authors is None else self.raw_authors

    @property
    def comment(self) -> str:
        """The comment with its TeX."""
        return self.paper.comment if self.raw_comment is None else self.raw_comment

    def edited(self, at: Moment, **changes: object) -> "Holding":
        """Returns the same version after an edit; `changes` are fields of it or of its paper.

        A text that changes without its `raw_…` has no other raw text.
        """
        own = {name: value for name, value in changes.items() if name in Holding.__slots__}
        about = {name: value for name, value in changes.items() if name not in own}
        for name in ("title", "abstract", "authors", "comment"):
            if name in about:
                own.setdefault(f"raw_{name}", None)
        paper = replace(self.paper, **about)  # type: ignore[arg-type]
        values = {"paper": paper, "visible_from": at, "announced": False}
        return replace(self, **(values | own))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Listed:
    """The record of a paper at a given time.

    `holding` is its current text. `stamped` is the moment of its last announcement or edit.
    `submitted` are the moments at which version 1, 2, … up to the current one were submitted.
    """

    holding: Holding
    stamped: Moment
    submitted: tuple[Moment, ...]

    @property
    def id(self) -> str:
        """The base identifier of the paper."""
        return self.holding.paper.id


@dataclass(frozen=True, slots=True)
class Change:
    """An announcement or an edit; `before` is the state that it replaced, None for a new paper."""

    at: Moment
    holding: Holding
    before: Holding | None


class Register:
    """The records of one service.

    Args:
        lag: the time from `visible_from` until the service knows of an announced version; it may be
            negative. An edit is known at once.
    """

    def __init__(self, lag: timedelta = _AT_ONCE) -> None:
        self._lag = lag
        self._states: dict[str, list[Holding]] = {}
        self._withheld: dict[str, Moment] = {}
        self._records: dict[str, tuple[int, Listed]] = {}
        self._instants: list[Moment] | None = None
        self._changes: dict[tuple[int, int], tuple[Change, ...]] = {}
        self._current: tuple[int, tuple[Listed, ...]] | None = None
        self._sorted: tuple[Listed, ...] | None = None

    def put(self, holding: Holding) -> None:
        """Adds a holding. An announced version takes the place of an earlier holding of it."""
        states = self._states.setdefault(holding.paper.id, [])
        if holding.announced:
            version = holding.paper.version
            states[:] = [state for state in states if state.paper.version != version]
        states.append(holding)
        self._forget(holding.paper.id)

    def withhold(self, until: Moment, *identifiers: str) -> None:
        """Hides these papers until a moment, which then is their time stamp."""
        for identifier in identifiers:
            self._withheld[identifier] = until
            self._forget(identifier)

    def known(self, at: Moment) -> tuple[Listed, ...]:
        """Returns the records at a given time, in the order in which the papers were added."""
        epoch = bisect_right(self._steps(), at)
        if self._current is None or self._current[0] != epoch:
            known = (self.record(identifier, at) for identifier in self._states)
            self._current = epoch, tuple(record for record in known if record)
            self._sorted = None
        return self._current[1]

    def by_stamp(self, at: Moment) -> tuple[Listed, ...]:
        """Returns the records at a given time in the order of their time stamps, then of ids."""
        known = self.known(at)
        if self._sorted is None:
            self._sorted = tuple(sorted(known, key=lambda one: (one.stamped, one.id)))
        return self._sorted

    def record(self, identifier: str, at: Moment) -> Listed | None:
        """Returns the record of the paper with a base identifier, or None."""
        states = self._states.get(identifier, ())
        visible = [state for state in states if self._moment(state) <= at]
        versions = {one.paper.version: one.paper.updated for one in visible if one.announced}
        if not versions:
            return None
        if identifier in self._records and self._records[identifier][0] == len(visible):
            return self._records[identifier][1]
        current = max(versions)
        holding = [one for one in visible if one.paper.version == current][-1]
        stamped = max(self._moment(state) for state in visible)
        record = Listed(holding, stamped, _submitted(holding.paper, versions))
        self._records[identifier] = len(visible), record
        return record

    def version(self, identifier: str, number: int, at: Moment) -> Holding | None:
        """Returns one version of a paper as it is at a given time, or None."""
        known = [
            state
            for state in self._states.get(identifier, ())
            if state.paper.version == number and self._moment(state) <= at
        ]
        return known[-1] if any(state.announced for state in known) else None

    def changes(self, since: Moment, before: Moment) -> tuple[Change, ...]:
        """Returns the changes from one moment until before another, paper by paper."""
        span = bisect_left(self._steps(), since), bisect_left(self._steps(), before)
        if span not in self._changes:
            self._changes[span] = tuple(
                Change(moment, state, former)
                for states in self._states.values()
                for former, state in pairwise([None, *sorted(states, key=self._moment)])
                if state and since <= (moment := self._moment(state)) < before
            )
        return self._changes[span]

    def announced(self, since: Moment, until: Moment) -> list[Holding]:
        """Returns the versions that are visible from a moment in a span on, with its end."""
        return [
            state
            for states in self._states.values()
            for state in states
            if state.announced and since <= state.visible_from <= until
        ]

    def _moment(self, state: Holding) -> Moment:
        moment = state.visible_from + (self._lag if state.announced else _AT_ONCE)
        return max(moment, self._withheld.get(state.paper.id, moment))

    def _steps(self) -> list[Moment]:
        """Returns the moments at which something changes, in order."""
        if self._instants is None:
            moments = (self._moment(one) for states in self._states.values() for one in states)
            self._instants = sorted(set(moments))
        return self._instants

    def _forget(self, identifier: str) -> None:
        self._records.pop(identifier, None)
        self._instants, self._current = None, None
        self._changes.clear()


def _submitted(paper: Paper, known: dict[int, Moment]) -> tuple[Moment, ...]:
    """Returns the moment of each version; an unknown one lies between its known neighbours."""
    known = {1: paper.published, **known}
    moments = []
    for (one, first), (other, last) in pairwise(sorted(known.items())):
        step = (last - first) / (other - one)
        moments += [(first + step * n).replace(microsecond=0) for n in range(other - one)]
    return (*moments, known[paper.version])

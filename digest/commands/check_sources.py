"""The tests of `digest check` for the sources of papers: the choice, the cache, the services."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from digest.clock import Moment
from digest.commands.invocation import Invocation
from digest.commands.sources import Sources
from digest.errors import DigestError, ListingError, StateError
from digest.model.subscriber import Subscriptions
from digest.selection.evaluated_here import Evaluable, present_choice
from digest.selection.source_choice import Choice
from digest.store.known import Known
from digest.text import counted, shown

_SMALL_FEED = "econ"
"""A feed of few papers; it exists even on a day without any."""
_NAMED = 10
"""The keywords for the API that are named; further ones are counted."""

Attempt = tuple[str, Callable[[], str]]
"""The name of a test, and the test, which returns its result in words, or raises."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The source that is used at present.

    `others` are the keywords that only the API can answer, each with the reason as a clause.
    """

    choice: Choice
    others: Mapping[str, str]

    def said(self) -> str:
        """The choice and its reason, for a line."""
        source = "one harvest for all keywords" if self.choice.harvest else "arXiv's API"
        return f"{source} ({self.choice.why})"

    def notes(self) -> Iterator[str]:
        """Yields a line for each keyword that the API must answer although there is a harvest."""
        if not self.choice.harvest:
            return
        for name, why in islice(self.others.items(), _NAMED):
            yield f"keyword {shown(name)}: arXiv's API is asked for it, since {why}"
        if (left := len(self.others) - _NAMED) > 0:
            yield f"{counted(left, 'more keyword')} for arXiv's API"


def chosen(invocation: Invocation, subscriptions: Subscriptions) -> Chosen:
    """Chooses the source from the keywords and the records of the state."""
    known, language = _known(invocation), invocation.language()
    evaluable = Evaluable()
    others = {}
    for keyword in subscriptions.keywords:
        record = known.keyword(keyword.name) if known else None
        agreement = record.agreement if record else None
        if why := evaluable.why_not(language.query(keyword), agreement):
            others[keyword.name] = why
    choice = present_choice(
        known,
        invocation.settings.source,
        invocation.clock.now(),
        here=len(subscriptions.keywords) - len(others),
        by_api=len(others),
        harvest_known=invocation.settings.oai_url is not None,
    )
    return Chosen(choice, others)


def _known(invocation: Invocation) -> Known | None:
    """The state; None where it cannot be read, which another test reports."""
    try:
        return invocation.store().reading()
    except DigestError:
        return None


def local_attempts(invocation: Invocation, found: Chosen) -> Iterator[Attempt]:
    """Yields the tests that need no network."""
    yield "source", found.said
    if found.choice.harvest:
        yield "papers", lambda: _papers(invocation.settings.papers, invocation.clock.now())


def service_attempts(invocation: Invocation, found: Chosen, sources: Sources) -> Iterator[Attempt]:
    """Yields the tests of the services that the harvest needs, one small request each."""
    if not found.choice.harvest or sources.oai is None:
        return
    yield "harvest", lambda: _harvest(invocation, sources)
    if sources.feeds:
        yield "feeds", lambda: _feeds(invocation, sources)


def _papers(path: Path, now: Moment) -> str:
    """Reads the cache of papers, and sees whether it can be written, without making it."""
    from digest.source.papers_file import PapersFileError
    from digest.source.recent_papers import RecentPapers

    try:
        coverage = RecentPapers(path).examine()
    except PapersFileError as error:
        what = "delete it, and the next harvest makes it anew"
        if not error.damaged:
            what = "mend that, or name another file with DIGEST_PAPERS"
        raise StateError(f"the cache {path} cannot be read: {error}; {what}") from error
    place = next(one for one in (path, *path.absolute().parents) if one.exists())
    for needed in {place, path.absolute().parent if path.exists() else place}:
        if not os.access(needed, os.W_OK):
            raise StateError(
                f"the cache {path} cannot be written, since {needed} belongs to another user; "
                "change its owner, or name another file with DIGEST_PAPERS"
            )
    if coverage is None:
        return f"{path}, empty until the first complete harvest"
    days = (now.date() - coverage.read_to).days
    behind = f", {days} days behind; the next harvest fills it" if days > 5 else ""
    return f"{path}, papers from {coverage.first} to {coverage.read_to}{behind}"


def _harvest(invocation: Invocation, sources: Sources) -> str:
    """Asks the service of the harvest for its name."""
    assert sources.oai
    try:
        name = sources.oai.identify()
    except ListingError as error:
        raise ListingError(f"{error}; try again later, or look at DIGEST_OAI_URL") from error
    return f"{invocation.settings.oai_url} answers as {shown(name)}"


def _feeds(invocation: Invocation, sources: Sources) -> str:
    """Asks for one small feed."""
    assert sources.feeds
    (feed,) = sources.feeds.read([_SMALL_FEED])
    if feed.fault:
        raise ListingError(f"{feed.fault}; try again later, or look at DIGEST_FEED_URL")
    papers = counted(len(feed.records), "paper")
    return f"{invocation.settings.feed_url} answers: {papers} in the feed {feed.name}"

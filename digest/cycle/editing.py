"""Makes the edition of a reader: the selected papers by keyword, and notices of missing ones."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from digest.mail.marking import phrases
from digest.model.edition import Edition, Notice, Row, Section
from digest.model.keyword import Keyword
from digest.model.subscriber import Subscriber
from digest.search.names import Match, surest
from digest.selection.new_papers import Selection
from digest.source.source import Language
from digest.store.known import Known

_NAMED = 4
"""The number of keywords named in one notice; if more have the same reason, they are counted."""


def edition_for(
    reader: Subscriber,
    keywords: Sequence[str],
    selection: Selection,
    *,
    ledger: Known,
    configured: Mapping[str, Keyword],
    language: Language,
    today: date,
) -> Edition:
    """The edition of a reader, and of all readers with the same selection.

    Args:
        reader: one of these readers.
        keywords: the keywords that were looked at, in order.
        selection: the papers that the reader has not had.
        ledger: the state.
        configured: all keywords of the configuration, by name. A keyword that is no longer among
            them has only its name, and no notice.
        language: that of the source of the papers.
        today: the date of the edition.
    """

    def sections(rows: Mapping[str, tuple[Row, ...]]) -> tuple[Section, ...]:
        return tuple(
            _section(configured.get(name) or Keyword(name), rows[name], language)
            for name in keywords
            if name in rows
        )

    read = [name for name in keywords if name in configured]
    reasons = {name: ledger.open_keyword(name).reason for name in read}
    late = {moment.astimezone(reader.timezone).date() for moment in selection.makes_up}
    return Edition(
        day=today,
        keywords=tuple(read),
        sections=sections(selection.sections),
        updates=sections(selection.updates),
        notices=_notices(reasons),
        makes_up=tuple(sorted(day for day in late if day < today)),
    )


def _section(keyword: Keyword, rows: tuple[Row, ...], language: Language) -> Section:
    if keyword.author:
        rows = tuple(_judged(row, keyword.author) for row in rows)
    return Section(
        keyword.name, rows, language.search_url(keyword), phrases(language.wanted(keyword))
    )


def _judged(row: Row, authors: Sequence[str]) -> Row:
    """The row of a keyword for authors, which says where only initials agree with a name."""
    namesake = surest(authors, row.paper.authors) is Match.NAMESAKE
    return replace(row, namesake=namesake) if namesake else row


def _notices(reasons: Mapping[str, str]) -> tuple[Notice, ...]:
    """A notice for each reason why keywords are not complete, with the names of the keywords."""
    named: dict[str, list[str]] = defaultdict(list)
    for keyword, reason in reasons.items():
        if reason:
            named[reason].append(keyword)
    return tuple(Notice(_listed(keywords), reason) for reason, keywords in named.items())


def _listed(keywords: Sequence[str]) -> str:
    if len(keywords) <= _NAMED + 1:
        return ", ".join(keywords)
    return f"{', '.join(keywords[:_NAMED])} and {len(keywords) - _NAMED} more keywords"

"""The command `digest send`: runs one cycle now."""

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from digest.commands.fetched_lines import keyword_lines
from digest.commands.invocation import Invocation, chosen_keywords, chosen_readers
from digest.commands.previews import PreviewFiles
from digest.config.settings import require_mail
from digest.cycle.composing import Digest
from digest.cycle.cycle import Cycle, Wish
from digest.cycle.fetching import FromFile
from digest.cycle.report import ACCEPTED, HELD_BACK, WAITING, DigestLine, Report
from digest.errors import InputError
from digest.model.edition import Section
from digest.model.subscriber import Subscriptions
from digest.source.arxiv_api.listing import read_saved
from digest.store.recorder import Recorder
from digest.streams import in_the_journal, over_the_bar
from digest.text import UTF_16, counted, is_utf_16, logfmt, without_mark

log = logging.getLogger(__name__)

_NAMED = 20
"""The most readers of a first run that are listed."""


def run(invocation: Invocation) -> int:
    """Fetches, composes, delivers and records; returns the exit status."""
    options, settings = invocation.options, invocation.settings
    subscriptions = invocation.subscriptions()
    keywords = chosen_keywords(options.keyword, subscriptions)
    readers = chosen_readers(options.to, subscriptions)
    for remark in invocation.remarks(subscriptions):
        log.warning(logfmt("remark", reason=remark))
    if not options.dry_run:
        require_mail(settings)
    composer = invocation.composer(subscriptions)
    previews = PreviewFiles(Path(options.preview)) if options.preview else None
    saved = _saved(options.listing) if options.listing is not None else None
    calendar = subscriptions.calendar
    with invocation.sources() as sources, _recorder(invocation) as recorder:
        cycle = Cycle(
            subscriptions=subscriptions,
            recorder=recorder,
            fetcher=saved or sources.fetcher(calendar),
            harvesting=None if saved else sources.harvesting(calendar),
            auditing=None if saved else sources.auditing(calendar),
            composer=composer,
            server=None if options.dry_run else invocation.server(),
            clock=invocation.clock,
            track=invocation.track,
            under=invocation.under(),
        )
        preview: Callable[[str, bytes], None] | None = previews.write if previews else None
        wish = Wish(readers, keywords, rehearsal=options.dry_run, preview=preview)
        if not (options.json or in_the_journal(invocation.environment.get("JOURNAL_STREAM", ""))):
            wish = replace(wish, announce=partial(_first_run, subscriptions.first_days))
        report = cycle.run(wish)
    _tell(report, subscriptions, invocation)
    if previews and not options.json:
        print(previews.summary())
    return report.exit_status


def _first_run(first_days: int, digests: Sequence[Digest]) -> None:
    """Prints the readers of a first run and their numbers of papers, before anything is sent."""
    days = counted(first_days, "day")
    print(f"This is a first run: it mails the papers of the last {days}, now, to")
    for digest in digests[:_NAMED]:
        print(f"  {digest.subscriber.email}: {counted(digest.papers, 'paper')}")
    if len(digests) > _NAMED:
        print(f"  and {counted(len(digests) - _NAMED, 'more reader')}")
    print(flush=True)


def _tell(report: Report, subscriptions: Subscriptions, invocation: Invocation) -> None:
    """Prints the report. Systemd's journal has a line for each event, and gets only a summary."""
    if not report.dry_run:
        log.info(report.mailed)
    journal = invocation.environment.get("JOURNAL_STREAM", "")
    for failure in report.failures:
        if in_the_journal(journal):
            log.error(logfmt("mail-failed", reason=failure))
        else:
            print(f"{over_the_bar()}digest: {failure}", file=sys.stderr)
    if invocation.options.json:
        print(json.dumps(report.as_data(), ensure_ascii=False, indent=2))
    elif not in_the_journal(journal, sys.stdout):
        _print(report, subscriptions)


@contextlib.contextmanager
def _recorder(invocation: Invocation) -> Iterator[Recorder]:
    if invocation.options.dry_run:
        yield invocation.store().rehearsing()
    else:
        with invocation.store().writing() as store:
            yield store


def _saved(path: str) -> FromFile:
    """The saved page at `path`, as a fetcher. Raises InputError where it cannot be read."""
    try:
        body = without_mark(Path(path).read_bytes())
    except OSError as error:
        raise InputError(
            f"the listing {path} cannot be read: {error.strerror}; name a saved page of arXiv's"
        ) from error
    if is_utf_16(body):
        raise InputError(f"the listing {path} cannot be read: {UTF_16}; save it as UTF-8")
    return FromFile(read_saved(body, f"the listing {path}"))


def _print(report: Report, subscriptions: Subscriptions) -> None:
    print("\n".join(keyword_lines(report, subscriptions.first_days)))
    print()
    said: dict[str, str] = {str(failure): "" for failure in report.failures}
    for digest in report.digests:
        print(_digest(digest, said))
        if report.dry_run and digest.edition:
            for section in (*digest.edition.sections, *digest.edition.updates):
                print(_section(section))
    if report.dry_run:
        print("\nA dry run: nothing was sent, and the state is as it was.")


def _digest(line: DigestLine, said: dict[str, str]) -> str:
    """The line of one reader. `said` maps reasons already printed to the readers they were for.

    Failures of the mail server as a whole are printed on standard error.
    """
    told = f"{line.address}: {line.status}"
    if line.status == HELD_BACK:
        return f"{told}: nothing new in what could be fetched"
    if line.composed_at:
        told += f": the digest that waited since {line.composed_at:%Y-%m-%d %H:%M} UTC"
    elif line.subject:
        told += f": {line.subject}"
    if line.status in (ACCEPTED, WAITING) or not line.reply:
        return told
    reason = f"{line.code} {line.reply}" if line.code else line.reply
    if reason not in said:
        said[reason] = line.address
        return f"{told} ({reason})"
    return f"{told} (as for {said[reason]})" if said[reason] else told


def _section(section: Section) -> str:
    rows = [f"    {row.paper.versioned_id:14} {row.paper.title}" for row in section.rows]
    return "\n".join([f"  {section.keyword}", *rows])

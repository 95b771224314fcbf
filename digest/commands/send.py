"""`digest send`: one cycle now."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from digest.commands.invocation import Invocation, chosen_keywords, chosen_readers
from digest.commands.previews import PreviewFiles
from digest.config import Subscriptions
from digest.cycle import Cycle, Wish
from digest.edition import Section
from digest.errors import InputError
from digest.fetching import FromArxiv, FromFile, Source
from digest.listing import read_saved
from digest.recording import Recorder, Rehearsal
from digest.report import ACCEPTED, NOTHING_NEW, DigestLine, KeywordLine, Report
from digest.settings import require_mail
from digest.state import reading, writing


def run(invocation: Invocation) -> int:
    """Fetches, composes, delivers and records; returns the exit status."""
    options, settings = invocation.options, invocation.settings
    subscriptions = invocation.subscriptions()
    keywords = chosen_keywords(options.keyword, subscriptions)
    readers = chosen_readers(options.to, subscriptions)
    if not options.dry_run:
        require_mail(settings)
    composer = invocation.composer(subscriptions)
    previews = PreviewFiles(Path(options.preview)) if options.preview else None
    with _source(invocation, subscriptions) as source, _recorder(invocation) as recorder:
        cycle = Cycle(
            subscriptions=subscriptions,
            recorder=recorder,
            source=source,
            composer=composer,
            server=None if options.dry_run else invocation.server(),
            clock=invocation.clock,
            track=invocation.track,
        )
        preview: Callable[[str, bytes], None] | None = previews.write if previews else None
        report = cycle.run(Wish(readers, keywords, rehearsal=options.dry_run, preview=preview))
    if options.json:
        print(json.dumps(report.as_data(), ensure_ascii=False, indent=2))
    else:
        _print(report, subscriptions)
    for failure in report.failures:
        print(f"digest: {failure}", file=sys.stderr)
    if previews and not options.json:
        print(previews.summary())
    return report.exit_status


@contextlib.contextmanager
def _recorder(invocation: Invocation) -> Iterator[Recorder]:
    if invocation.options.dry_run:
        yield Rehearsal(reading(invocation.settings.state))
    else:
        with writing(invocation.settings.state) as store:
            yield store


@contextlib.contextmanager
def _source(invocation: Invocation, subscriptions: Subscriptions) -> Iterator[Source]:
    saved = invocation.options.listing
    if saved is None:
        with contextlib.closing(invocation.listing()) as listing:
            yield FromArxiv(listing, subscriptions.calendar)
        return
    try:
        body = Path(saved).read_bytes()
    except OSError as error:
        raise InputError(
            f"the listing {saved} cannot be read: {error.strerror}; name a saved page of arXiv's"
        ) from error
    yield FromFile(read_saved(body, f"the listing {saved}"))


def _print(report: Report, subscriptions: Subscriptions) -> None:
    for line in report.keywords:
        print(_keyword(line, subscriptions.first_days))
    print()
    lacking = any(line.reason for line in report.keywords)
    for digest in report.digests:
        print(_digest(digest, lacking=lacking))
        if report.dry_run and digest.edition:
            for section in (*digest.edition.sections, *digest.edition.updates):
                print(_section(section))
    if report.dry_run:
        print("\nA dry run: nothing was sent, and the state is as it was.")


def _keyword(line: KeywordLine, first_days: int) -> str:
    told = f"{line.keyword}: {line.new} unseen of {line.read} papers read"
    if line.older:
        told += f", {line.older} from before the first {first_days} days"
    return f"{told}; NOT COMPLETE: {line.reason}" if line.reason else told


def _digest(line: DigestLine, *, lacking: bool) -> str:
    """One reader's line; `lacking` says that not all could be fetched, so that more may be new."""
    told = f"{line.address}: {line.status}"
    if line.status == NOTHING_NEW and lacking:
        told += " in what could be fetched"
    if line.composed_at:
        told += f": the digest that waited since {line.composed_at:%Y-%m-%d %H:%M} UTC"
    elif line.subject:
        told += f": {line.subject}"
    if line.status != ACCEPTED and line.reply:
        told += f" ({line.code} {line.reply})" if line.code else f" ({line.reply})"
    return told


def _section(section: Section) -> str:
    rows = [f"    {row.paper.versioned_id:14} {row.paper.title}" for row in section.rows]
    return "\n".join([f"  {section.keyword}", *rows])

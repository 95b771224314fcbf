"""The command `digest preview`: shows each reader's next digest in a browser."""

import contextlib
import tempfile
import webbrowser
from pathlib import Path

from digest.commands.invocation import Invocation, chosen_keywords, chosen_readers
from digest.commands.previews import PreviewFiles
from digest.cycle.cycle import Cycle, Wish
from digest.cycle.fetching import Fetcher, FromStore


def run(invocation: Invocation) -> int:
    """Composes the digests without sending them; opens the pages, or prints their paths. Returns 0.

    If arXiv does not answer at once, the mail contains only papers that are in the store.
    """
    options = invocation.options
    subscriptions = invocation.subscriptions()
    everybody = frozenset(
        one.address_key for one in subscriptions.subscribers
    )  # readers in a pause as well
    readers = chosen_readers(options.to, subscriptions) or everybody
    keywords = chosen_keywords(options.keyword, subscriptions)
    composer = invocation.composer(subscriptions)
    previews = PreviewFiles(Path(options.output or tempfile.mkdtemp(prefix="digest-preview-")))
    calendar = subscriptions.calendar
    with invocation.sources(tries=1) as sources:
        fetcher: Fetcher = FromStore() if options.offline else sources.fetcher(calendar)
        cycle = Cycle(
            subscriptions=subscriptions,
            recorder=invocation.store().rehearsing(),
            fetcher=fetcher,
            harvesting=None if options.offline else sources.harvesting(calendar),
            composer=composer,
            server=None,
            clock=invocation.clock,
            track=invocation.track,
        )
        report = cycle.run(Wish(readers, keywords, rehearsal=True, preview=previews.write))
    for line in report.keywords:
        if line.reason:
            print(f"{line.keyword}: not complete: {line.reason}")
    print(previews.summary())
    if previews.pages and not options.no_open and not options.output:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(previews.pages[0].absolute().as_uri())
    return 0

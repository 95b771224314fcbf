"""The command `digest table`: prints the papers of the store as a Markdown table."""

from pathlib import Path

from digest.commands.invocation import Invocation
from digest.commands.markdown_table import write
from digest.durable import replace
from digest.errors import UsageError


def run(invocation: Invocation) -> int:
    """Writes the table to standard output or to a file; returns 0."""
    subscriptions = invocation.subscriptions()
    ledger = invocation.store().reading()
    names = [keyword.name for keyword in subscriptions.keywords]
    moments = [
        moment
        for record in map(ledger.keyword, names)
        if record
        for moment in (record.last_fetch, record.imported_at)
        if moment
    ]
    last = max(moments).astimezone(subscriptions.timezone).date() if moments else None
    text = write({name: ledger.recent(name) for name in names}, last)
    output = invocation.options.output
    if output is None:
        print(text, end="")
        return 0
    try:
        replace(Path(output), [text.encode()], mode=0o666)
    except OSError as error:
        raise UsageError(f"the table {output} cannot be written: {error.strerror}") from error
    return 0

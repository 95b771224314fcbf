"""The command `digest import`: imports a table of papers that another program has mailed."""

from pathlib import Path

from digest.commands.invocation import Invocation
from digest.commands.markdown_table import read
from digest.cycle.reconciling import reconcile
from digest.errors import InputError
from digest.store.events import Imported
from digest.text import NotUtf8Error, counted, decoded


def run(invocation: Invocation) -> int:
    """Records every paper of the table as mailed to all readers; returns 0."""
    file = Path(invocation.options.file)
    try:
        papers = read(decoded(file.read_bytes()), str(file))
    except NotUtf8Error as error:
        raise InputError(f"{file}:{error.line}: {error.found}; save the table as UTF-8") from error
    except OSError as error:
        raise InputError(
            f"the table {file} cannot be read: {error.strerror}; name a Markdown file"
        ) from error
    subscriptions = invocation.subscriptions()
    known = {keyword.name.casefold(): keyword.name for keyword in subscriptions.keywords}
    now = invocation.clock.now()
    with invocation.store().writing() as store:
        reconcile(store, subscriptions, invocation.language(), now)
        store.append(
            *(
                Imported(known.get(heading.casefold(), heading), now, tuple(rows))
                for heading, rows in papers.items()
            )
        )
    for heading, rows in papers.items():
        foreign = "" if heading.casefold() in known else " (no keyword in subscribers.yaml)"
        print(f"{heading}: {counted(len(rows), 'paper')} marked as mailed{foreign}")
    return 0

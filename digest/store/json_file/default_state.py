"""Where the state is, where no setting says so: beside subscribers.yaml.

It used to be in the working directory, and one that is there is still found.
"""

import logging
from pathlib import Path

from digest.durable import followed
from digest.store.json_file.files import generations_of, previous_of
from digest.text import logfmt

log = logging.getLogger(__name__)


def found(beside: Path) -> Path:
    """The state to use: `beside`, or one that is in the working directory alone.

    Either way who has one in the working directory is told, with how to keep it or to move it.
    Where there are two, the one beside subscribers.yaml is used: it does not hang on where a
    command is called. Beside a pipe (`--subscribers <(...)`) is no place for files.
    """
    if beside.parts[:2] in (("/", "dev"), ("/", "proc")):
        return Path(beside.name)
    here = Path.cwd() / beside.name
    if _is_same_place(here.parent, beside.parent) or not _is_state(here):
        return beside
    if _is_state(beside):
        log.warning(
            logfmt(
                "two-states",
                used=beside.absolute(),
                not_read=here,
                advice="move the one that is not used away, or name the right one with "
                "DIGEST_STATE",
            )
        )
        return beside
    log.warning(
        logfmt(
            "state-elsewhere",
            used=here,
            belongs=beside.absolute(),
            keep=f"DIGEST_STATE={here}",
            move=f"mv {here}* {beside.absolute().parent}/",
        )
    )
    return here


def _is_state(path: Path) -> bool:
    """Whether there is a store of ours, whole or not: `state.json` is a name that others use."""
    try:
        place = followed(path)
        return previous_of(place).exists() or bool(generations_of(place))
    except OSError:
        return False


def _is_same_place(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False

"""Finds the state where no setting names it: beside subscribers.yaml.

Earlier versions kept the state in the working directory; a state there is still found.
"""

import logging
from pathlib import Path

from digest.durable import followed
from digest.store.json_file.files import generations_of, previous_of
from digest.text import logfmt

log = logging.getLogger(__name__)


def found(beside: Path) -> Path:
    """The state to use: `beside`, or a state that exists in the working directory alone.

    If there is a state in the working directory, a warning says how to keep or to move it. If there
    are two states, the one beside subscribers.yaml is used: it does not depend on the directory in
    which a command is called. A pipe (`--subscribers <(...)`) has no place for files beside it;
    then the state is in the working directory.
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
    """Returns whether the path holds a store; other programs have files of this name too."""
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

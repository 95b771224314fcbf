"""Reports of failed commands: a sentence on standard error, and with `--json` an object.

{"error": "the first sentence", "errors": ["each of them", ...], "exit_status": 78}
"""

import errno
import json
import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.cli.log import mark_of
from digest.errors import DigestError
from digest.interrupts import INTERRUPTED, SENTENCE, asks_for_json
from digest.streams import discard_stdout, in_the_journal, over_the_bar, unwritten
from digest.text import logfmt

INTERNAL_ERROR = 70
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@dataclass(frozen=True, slots=True)
class Failing:
    """Reports an error on standard error and returns the exit status.

    `json` adds an object on standard output, `verbose` adds a traceback, and `journal` is true if
    standard error is systemd's journal.
    """

    json: bool
    verbose: bool
    journal: bool

    def status(self, error: BaseException) -> int:
        """Reports the error that ended the command, and returns the exit status."""
        if isinstance(error, DigestError):
            return self.foreseen(error)
        if isinstance(error, KeyboardInterrupt):
            return self.interrupted()
        if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has closed the pipe
            discard_stdout()
            return 0
        return self.unforeseen(error)

    def foreseen(self, error: DigestError) -> int:
        """Reports an error whose message is for a person, one sentence a line."""
        if self.verbose:
            traceback.print_exc()
        return self._say(str(error).splitlines(), error.exit_status)

    def interrupted(self) -> int:
        """Reports Ctrl-C."""
        return self._say([SENTENCE], INTERRUPTED)

    def unforeseen(self, error: BaseException) -> int:
        """Reports an unexpected error, or a standard output that cannot be written."""
        if self.verbose:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
            return unwritten(error)
        sentence = (
            f"an error in digest itself ({type(error).__name__}: {error}); run it again with "
            "--verbose and report what it prints"
        )
        return self._say([" ".join(sentence.split())], INTERNAL_ERROR)

    def _say(self, sentences: list[str], status: int) -> int:
        start = over_the_bar()
        for sentence in sentences:
            if self.journal:
                line = logfmt("failed", reason=sentence, exit_status=status)
                print(f"{mark_of(logging.ERROR)}{line}", file=sys.stderr)
            else:
                print(f"{start}digest: {sentence}", file=sys.stderr)
        if self.json:
            said = {"error": sentences[0], "errors": sentences, "exit_status": status}
            print(json.dumps(said, ensure_ascii=False, indent=2))
        return status


def failing(arguments: Sequence[str], environment: Mapping[str, str]) -> Failing:
    """The reporter of errors for a command line, which itself may be wrong."""
    return Failing(
        json=asks_for_json(list(arguments)),
        verbose="--verbose" in arguments,
        journal=in_the_journal(environment.get("JOURNAL_STREAM", "")),
    )

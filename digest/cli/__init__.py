"""The command line, from the start of the process to its exit status."""

from digest.cli.entry import entry_point, main

__all__ = ["entry_point", "main"]

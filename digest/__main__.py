"""Runs the command `digest` for `python -m digest`."""

from digest.cli.entry import entry_point

if __name__ == "__main__":
    entry_point()

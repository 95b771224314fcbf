"""Tries whether a directory can do all that a state store needs, with files that it removes.

    make, write, sync ─> replace ─> link or copy ─> append, cut ─> lock ─> sync the names

Memory cards, network volumes and mounts in user space lack some of these functions, and fail only
when they are used. So `digest check` tries them, with the code that the store itself uses.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from digest.durable import Appender, Lock, link_or_copy, replace, sync_directory

_LINE = b"a trial of digest's: it can be deleted\n"
_LEAST = 1024 * 1024
"""The least number of free bytes."""
_COPIES = 2
"""The number of copies to make room for: a new snapshot, and a copy where links are refused."""


def tried(path: Path) -> list[str]:
    """Tries the directory of the store at `path`; returns sentences about harmless limits.

    The store's own files are opened and not changed, and other processes can go on writing.

    Raises:
        OSError: the directory lacks a function that the store needs; the error names it.
    """
    size = 0
    for file in [file for file in path.parent.iterdir() if _is_of(file, path)]:
        with contextlib.suppress(FileNotFoundError):  # a new generation was begun meanwhile
            os.close(os.open(file, os.O_WRONLY))
            size += file.stat().st_size
    trial = path.with_name(f"{path.name}.trial-{os.getpid()}")
    try:
        lacking = list(_lacking(trial))
    finally:
        for name in ("", ".previous", ".link", ".lock"):
            trial.with_name(f"{trial.name}{name}").unlink(missing_ok=True)
    room = os.statvfs(path.parent)
    free = room.f_bavail * room.f_frsize
    if free < (wanted := _LEAST + _COPIES * size):
        raise OSError(0, f"only {free >> 10} KB are free, and {wanted >> 10} KB may be needed")
    return lacking


def _lacking(trial: Path) -> Iterator[str]:
    previous, other = (trial.with_name(f"{trial.name}{end}") for end in (".previous", ".link"))
    for _ in range(2):
        replace(trial, [_LINE], keep=previous)
    if not link_or_copy(trial, other):
        yield "no hard links here: the state is copied instead"
    appender = Appender(trial, 0)
    try:
        appender.append(_LINE)
    finally:
        appender.close()
    if any(file.read_bytes() != _LINE for file in (trial, previous)):
        raise OSError(0, "the bytes read back are not those that were written")
    _lock(trial.with_name(f"{trial.name}.lock"))
    if not sync_directory(trial.parent):
        yield "a power cut here can cost the newest lines: this file system cannot sync a directory"


def _lock(path: Path) -> None:
    """Raises OSError where two processes can hold the lock at once."""
    with Lock(path):
        try:
            with Lock(path):
                pass
        except BlockingIOError:
            return
    raise OSError(0, "two processes could write at once: this file system's locks exclude nobody")


def _is_of(file: Path, path: Path) -> bool:
    return file == path or file.name.startswith((f"{path.name}.journal-", f"{path.name}.lock"))

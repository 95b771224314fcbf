"""Pauses the garbage collector while a large file is read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Turns the garbage collector off inside the `with` block, for reading data that all stays.

    Otherwise the collector visits every object each time their number has grown by a quarter.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

"""Keeps the garbage collector from looking through what is being read, over and over."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No collection while the `with` lasts: for reading much at once, all of which stays.

    The collector looks at every object whenever there are a quarter more of them.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

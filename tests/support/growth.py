"""How the time of a call grows with the size of what it is given."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LINEAR = 32.0
"""Between eight, where the time grows in proportion, and 64, where it grows with the square."""


def growth(call: Callable[[T], object], make: Callable[[int], T], size: int) -> float:
    """How many times as long `call` takes for eight times the size: the best of five."""

    def seconds(given: T) -> float:
        began = time.process_time()
        call(given)
        return time.process_time() - began

    small, large = make(size), make(8 * size)
    least = max(min(seconds(small) for _ in range(5)), 1e-4)  # less is not measured
    return min(seconds(large) for _ in range(5)) / least

"""Waiting for a condition, always with a limit: the only place of the tests that lets time pass."""

import time
from typing import Callable, TypeVar

T = TypeVar("T")


class TooLate(AssertionError):
    pass


def until(condition: Callable[[], T], what: str, limit: float = 30.0, pause: float = 0.05) -> T:
    """What `condition` returns once that is true; TooLate names `what` when `limit` seconds have passed."""
    end = time.monotonic() + limit
    while True:
        if value := condition():
            return value
        if time.monotonic() >= end:
            raise TooLate(f"not within {limit:g} s: {what}")
        time.sleep(pause)

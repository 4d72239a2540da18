"""How long one waits to write: counted from when it is asked for, however many others wait in front."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from threading import Lock

PATIENCE: Final = 1.75
"""Seconds that whoever wants to write waits for all the others who write: of this process and of others.

A little less than the two seconds within which everybody is told.
"""
IN_VAIN: Final = 0.1
"""Seconds that one waits at least, also where others have waited in vain."""


def deadline() -> float:
    """The instant of the monotonic clock at which one who asks now gives up."""
    return time.monotonic() + PATIENCE


def over(until: float) -> bool:
    """Whether a deadline has passed."""
    return time.monotonic() > until


def take(lock: Lock, until: float) -> bool:
    """Take a lock; False if it is not to be had by the deadline, though one that is free is taken even later."""
    return lock.acquire(timeout=max(0.0, until - time.monotonic()))


class Hope:
    """Until when one who asks now waits for other processes to let the file go.

    Where one of them holds it for long, whoever comes gives up with those who wait already, or soon after: only so
    many can wait at once, and all the others wait for these.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._stale_at = float("-inf")

    def deadline(self) -> float:
        """The instant at which one who asks now gives up."""
        now = time.monotonic()
        if self._since is None or now > self._stale_at:
            return now + PATIENCE
        return max(now + IN_VAIN, self._since + PATIENCE)

    def begin(self, until: float) -> None:
        """Somebody waits from now on, and at most until then; `regain` is called if not in vain."""
        now = time.monotonic()
        if self._since is None or now > self._stale_at:
            self._since = now
        self._stale_at = until + PATIENCE

    def regain(self) -> None:
        """Nobody holds it now."""
        self._since = None

"""How long one waits to write: counted from when it is asked for, however many others wait in front."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from threading import Lock

PATIENCE: Final = 2.0
"""Seconds that whoever wants to write waits for all the others who write: of this process and of others."""


def deadline() -> float:
    """The instant of the monotonic clock at which one who asks now gives up."""
    return time.monotonic() + PATIENCE


def over(until: float) -> bool:
    """Whether a deadline has passed."""
    return time.monotonic() > until


def take(lock: Lock, until: float) -> bool:
    """Take a lock; False if it is not to be had by the deadline, though one that is free is taken even later."""
    return lock.acquire(timeout=max(0.0, until - time.monotonic()))

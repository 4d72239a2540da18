"""How a planner keeps to its time: how far it is, and when it has explained enough."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.ports.planners import Progress

EXPLAINED: Final = 40
"""For so many of the visits left out it is looked for what they would displace."""
ANYWAY: Final = 3
"""For so many even if the time is over."""
TOLD_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class Pace:
    """A stretch of time, or a number of *iterations* for which it suffices."""

    def __init__(self, until: float, iterations: int | None, progress: Progress | None) -> None:
        self._begin = time.perf_counter()
        self._told = self._begin - TOLD_EVERY
        self._until, self._iterations, self._progress = until, iterations, progress

    def share(self, rounds: int) -> float:
        """Which share is used up after so many rounds; told to who wants to know."""
        now = time.perf_counter()
        over = (now - self._begin) / max(self._until - self._begin, 1e-9)
        if self._iterations is not None:
            over = rounds / self._iterations if self._iterations and over < 1 else 1.0
        if self._progress is not None and now >= self._told + TOLD_EVERY:
            self._told = now
            self._progress(min(over, 1.0))
        return over


def enough(until: float, *, timed: bool = True) -> Callable[[], bool]:
    """Whether the reasons are to be brief from here on."""
    explained = 0

    def is_enough() -> bool:
        nonlocal explained
        explained += 1
        late = timed and time.perf_counter() >= until
        return explained > (ANYWAY if late else EXPLAINED)

    return is_enough

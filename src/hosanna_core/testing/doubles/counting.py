"""Counting exactly, in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from threading import Lock
from typing import TYPE_CHECKING

from hosanna_core.model.limits import Allowance, Use
from hosanna_core.testing.doubles.clock import StandingClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.ids import Millis


class PlainCounter:
    """When each use was, and a lock around it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.used: defaultdict[Use, list[Millis]] = defaultdict(list)


class PlainThrottles:
    """`Throttles` that remember the instant of every use, by a clock that stands unless it is moved.

    Those with the same *counter* count as one, as several processes do.
    """

    def __init__(self, clock: StandingClock | None = None, counter: PlainCounter | None = None) -> None:
        self._clock = clock or StandingClock()
        self._counter = counter or PlainCounter()
        self._under_way: Counter[Use] = Counter()

    def left(self, uses: Sequence[Use]) -> Allowance:
        """What is left of the tightest."""
        with self._counter.lock:
            return self._tightest(uses)

    def count(self, uses: Sequence[Use]) -> Allowance | None:
        """Count one of each, unless any is exhausted."""
        with self._counter.lock:
            if self._tightest(uses).exhausted:
                return None
            self._note(uses)
            return self._tightest(uses)

    def begin(self, uses: Sequence[Use]) -> bool:
        """Begin a try, unless as many failed or are under way as may fail."""
        with self._counter.lock:
            if self._tightest(uses).exhausted:
                return False
            self._under_way.update(uses)
            return True

    def end(self, uses: Sequence[Use], *, failed: bool) -> None:
        """End a try; count it if it failed."""
        with self._counter.lock:
            self._under_way.subtract(uses)
            if failed:
                self._note(uses)

    def _note(self, uses: Sequence[Use]) -> None:
        for use in uses:
            self._counter.used[use].append(self._clock.now())

    def _tightest(self, uses: Sequence[Use]) -> Allowance:
        return min((self._allowance(use) for use in uses), key=lambda each: (each.remaining, -each.reset))

    def _allowance(self, use: Use) -> Allowance:
        now, length = self._clock.now(), use.limit.seconds * 1000
        recent = self._counter.used[use] = [at for at in self._counter.used[use] if now - at < length]
        remaining = use.limit.most - len(recent) - self._under_way[use]
        reset = -(-(recent[0] + length - now) // 1000) if recent else 0
        return Allowance(use.limit, max(remaining, 0), reset)

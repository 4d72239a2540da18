"""Time that stands, and ids and entropy that come again in every run."""

from __future__ import annotations

import hashlib
from threading import Lock

from hosanna_core.model.ids import Id, Millis
from hosanna_core.testing.samples import START


class StandingClock:
    """An `Outside` whose time stands until it is moved, and whose ids and entropy are the same in every run."""

    def __init__(self, start: Millis = START) -> None:
        self._lock = Lock()
        self._now = start
        self._count = 0

    def now(self) -> Millis:
        """The instant at which the clock stands."""
        return self._now

    def step(self, by: Millis) -> None:
        """Move the clock on."""
        self._now += by

    def mint(self) -> Id:
        """The next id: its time, and how many were counted before it."""
        count = self._counted()
        time = f"{self._now:012x}"
        return f"{time[:8]}-{time[8:]}-7{count >> 48 & 0xFFF:03x}-8{count >> 36 & 0xFFF:03x}-{count & 2**36 - 1:012x}"

    def entropy(self, count: int) -> bytes:
        """Bytes that nobody should take for random."""
        seed = self._counted().to_bytes(8, "big")
        return hashlib.shake_256(seed).digest(count)

    def _counted(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

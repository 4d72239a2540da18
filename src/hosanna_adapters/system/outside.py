"""Time, identity and chance: the real ones, and ones that are under control."""

from __future__ import annotations

import random
import secrets
import threading
import time

from hosanna_adapters.system.uuid7 import Uuid7Sequence
from hosanna_core.model.ids import Id, Millis

_NANOSECONDS = 1_000_000


class SystemOutside:
    """The machine's clock, which is not followed when it is set back, and the system's randomness."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: Millis = 0
        self._ids = Uuid7Sequence(secrets.token_bytes)

    def now(self) -> Millis:
        read = time.time_ns() // _NANOSECONDS
        with self._lock:
            self._latest = max(self._latest, read)
            return self._latest

    def mint(self) -> Id:
        return self._ids.next(self.now())

    def entropy(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class SteppedOutside:
    """A clock that stands until it is moved, for tests and demonstrations.

    With a *seed* ids and entropy are the same in every run (and good for no secret); without one they are random.

    >>> outside = SteppedOutside(1_772_353_800_000, seed=1)
    >>> outside.step(250)
    1772353800250
    >>> outside.mint() < outside.mint()
    True
    """

    def __init__(self, start: Millis, *, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._chance = None if seed is None else random.Random(seed)  # noqa: S311  # repeatable on purpose
        self._ids = Uuid7Sequence(self.entropy)

    def now(self) -> Millis:
        return self._now

    def step(self, by: Millis) -> Millis:
        """Move the clock on; answers what it shows then. Raises ValueError if that would be backwards."""
        with self._lock:
            if by < 0:
                raise ValueError("a clock that is moved by hand is not moved backwards either")
            self._now += by
            return self._now

    def move_to(self, instant: Millis) -> None:
        """Move the clock on to *instant*; an instant that is past already changes nothing."""
        with self._lock:
            self._now = max(self._now, instant)

    def mint(self) -> Id:
        return self._ids.next(self._now)

    def entropy(self, count: int) -> bytes:
        if self._chance is None:
            return secrets.token_bytes(count)
        with self._lock:
            return self._chance.randbytes(count)

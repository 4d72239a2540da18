"""Keeping what was dear to make."""

from __future__ import annotations

from hosanna_core.testing.doubles.clock import StandingClock


class PlainCache:
    """`Cache` by the clock of the test; two that have the same *kept* are those of two processes."""

    def __init__(
        self, clock: StandingClock | None = None, kept: dict[str, tuple[int, bytes]] | None = None
    ) -> None:
        self._clock = clock or StandingClock()
        self.kept: dict[str, tuple[int, bytes]] = {} if kept is None else kept

    def get(self, key: str) -> bytes | None:
        until, value = self.kept.get(key, (0, b""))
        return value if self._clock.now() < until else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        self.kept[key] = (self._clock.now() + seconds * 1000, value)

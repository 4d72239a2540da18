"""Keeping for a short time what was dear to make."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Keeps values by their names; where several processes share one, what any of them puts all of them get.

    It may forget anything at any time, and be away: whoever asks can make the value anew. Never fails and never takes
    longer than 250 ms. What it keeps outside of the process nobody else can read there. It counts by its own clock.
    """

    def get(self, key: str) -> bytes | None:
        """What was put last under *key*, whole, until its time is over; None where nothing is kept."""

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep *value* for so many seconds from now, in the place of what was kept under *key*."""

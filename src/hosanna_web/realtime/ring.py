"""The newest events, in memory: most who come back were away for seconds."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.feed import Cursor, Followed, Stretch

KEPT: Final = 50_000
_DROPPED_AT_ONCE: Final = KEPT // 8
"""Dropping from a list's beginning moves the rest: it is done rarely."""


class Ring:
    """A stretch of the feed that ends where its follower is."""

    def __init__(self, start: Cursor) -> None:
        self._start = start
        self._followed: list[Followed] = []
        self._cursors: list[Cursor] = []
        self.end = start
        """Where the follower is."""

    def grow(self, stretch: Stretch) -> None:
        """What came next."""
        self._followed += stretch.told
        self._cursors += (each.cursor for each in stretch.told)
        self.end = stretch.cursor
        if (over := len(self._cursors) - KEPT) > _DROPPED_AT_ONCE:
            self.drop_until(self._cursors[over - 1])

    def drop_until(self, place: Cursor) -> None:
        """Forget what lies before a place that it holds."""
        over = bisect_right(self._cursors, place)
        self._start = place
        del self._followed[:over]
        del self._cursors[:over]

    def holds(self, place: Cursor) -> bool:
        """Whether nothing behind that place was dropped, nor is yet to come before it."""
        return self._start <= place <= self.end

    @property
    def start(self) -> Cursor:
        """The place from which on it is whole."""
        return self._start

    @property
    def count(self) -> int:
        """How many events it holds."""
        return len(self._followed)

    def reach_back(self, start: Cursor, followed: Sequence[Followed]) -> None:
        """What lies between *start* and where it was whole from."""
        self._start = start
        self._followed[:0] = followed
        self._cursors[:0] = (each.cursor for each in followed)

    def begin_anew(self, place: Cursor) -> None:
        """Forget all of it."""
        self._start = self.end = place
        self._followed.clear()
        self._cursors.clear()

    def behind(self, place: Cursor, limit: int) -> Sequence[Followed]:
        """At most *limit* events behind a place that it holds."""
        first = bisect_right(self._cursors, place)
        return self._followed[first : first + limit]

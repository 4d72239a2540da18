"""The feed: a table that grows at its end in the transaction of what it tells, and loses the oldest at its beginning.

The file has one writer at a time, and a number that was rolled back is given again: so the numbers have no gap, and
none appears behind one that was read.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.rows import encode
from hosanna_core.errors import CursorLost
from hosanna_core.model.event import Event
from hosanna_core.model.feed import Cursor, Followed, Stretch
from hosanna_core.model.ids import DAY, Millis

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.watch import Watch

FeedRow = tuple[Millis, str, bytes]
"""When, the event's key, and the event."""
_event_from = msgspec.msgpack.Decoder(Event).decode
_BYTES: Final = 8
_MOST: Final = 2**63 - 1
"""SQLite counts no further."""
_KEPT_FOR: Final[Millis] = 7 * DAY
_SWEPT_AT_ONCE: Final = 8
"""Events that one commit looks at and may drop at least: more than most bring."""
_TELL: Final = "INSERT INTO feed (at, key, payload) VALUES (?, ?, ?)"
# Always a first part of it: a follower must be able to tell by the first that is left whether it missed any.
_DROP_OLD: Final = """
    DELETE FROM feed
    WHERE n <= (SELECT max(n) FROM (SELECT n, at FROM feed ORDER BY n LIMIT ?) WHERE at <= ?)
"""
# The newest is never dropped: it comes behind what its own commit drops.
_HEAD: Final = "SELECT max(n) FROM feed"
_FROM: Final = "SELECT n, payload FROM feed WHERE n >= ? ORDER BY n LIMIT ?"
_EPOCH: Final = "SELECT value FROM meta WHERE name = 'epoch'"


class SqliteFeed:
    """`Feed` on SQLite: a cursor is the number of the event before it."""

    def __init__(self, readers: Readers, watch: Watch) -> None:
        self._readers = readers
        self._watch = watch

    @property
    def epoch(self) -> bytes:
        # Not remembered: the store may be restored under a running server.
        ((epoch,),) = self._readers.rows(_EPOCH)
        return bytes(epoch)

    def head(self) -> Cursor:
        ((n,),) = self._readers.rows(_HEAD)
        return _cursor(n or 0)

    def after(self, cursor: Cursor, limit: int) -> Stretch:
        rows = self._behind(_number(cursor), limit)
        told = tuple(Followed(_cursor(n), _event_from(payload)) for n, payload in rows)
        return Stretch(told, told[-1].cursor if told else cursor)

    def wait(self, cursor: Cursor, timeout: float) -> bool:
        until, n = time.monotonic() + timeout, _number(cursor)
        while True:
            seen = self._watch.seen()
            if self._behind(n, 1):
                return True
            if not self._watch.await_change(seen, until):
                return False

    def _behind(self, n: int, limit: int) -> list[Any]:
        """At most *limit* rows behind *n*; raises CursorLost where that is no place, or some of them were dropped.

        The event at *n* is read, too: where it is there, or the one behind it is, none between was dropped.
        """
        rows = self._readers.rows(_FROM, (n, limit + 1))
        first = rows[0][0] if rows else 0
        if first == n:
            return rows[1:]
        if first == n + 1:
            return rows[:limit]
        raise CursorLost


def feed_row(event: Event) -> FeedRow:
    """What is stored of an event."""
    return event.at, event.key, encode(event)


def tell(db: sqlite3.Connection, rows: Sequence[FeedRow]) -> None:
    """Put events at the end of the feed, and drop some of those that have grown too old: faster than they come."""
    if rows:
        db.execute(_DROP_OLD, (max(_SWEPT_AT_ONCE, 2 * len(rows)), rows[0][0] - _KEPT_FOR))
        db.executemany(_TELL, rows)


def _cursor(n: int) -> Cursor:
    return n.to_bytes(_BYTES, "big")


def _number(cursor: Cursor) -> int:
    n = int.from_bytes(cursor, "big")
    if len(cursor) != _BYTES or n > _MOST:
        raise CursorLost
    return n

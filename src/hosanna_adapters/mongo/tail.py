"""The newest stretch of the feed, remembered by each process, so that one stream serves all who keep up with it."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.patience import OPERATION
from hosanna_adapters.mongo.places import cursor_at, place_at
from hosanna_core.errors import Busy, CursorLost
from hosanna_core.model.feed import Cursor, Followed, Stretch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bson import ObjectId

    from hosanna_adapters.mongo.places import Now, Place
    from hosanna_adapters.mongo.streams import EventStream

KEPT: Final = 10_000
"""So many events are remembered, or up to half as many again."""
IDLE: Final = 60.0
"""Seconds after which nobody keeps up with it any more: what happened since is not read just to be remembered."""


class Tail:
    """What happened since it was begun. Whoever asks has it read on to the end, or waits for somebody who does."""

    def __init__(self, now: Callable[[], Now], follow: Callable[[Place], EventStream]) -> None:
        self._now = now
        self._follow = follow
        self._lock = threading.Lock()
        self._stream: EventStream | None = None
        self._server: ObjectId | None = None
        """Of which process the stream was opened."""
        self._looked = float("-inf")
        """When the last look began that was not in vain."""
        self._told: list[Followed] = []
        self._start: Cursor = b""
        self._end: Cursor = b""

    def end(self) -> Cursor:
        """Behind all that was acknowledged before the call. Raises Busy."""
        with self._read_on():
            return self._end

    def after(self, cursor: Cursor, limit: int) -> Stretch | None:
        """`Feed.after`, of places that lie not before what is remembered; None for those that do."""
        if cursor < self._start:
            return None
        with self._read_on():
            if cursor < self._start:
                return None
            first = bisect_right(self._told, cursor, key=lambda each: each.cursor)
            told = tuple(self._told[first : first + limit])
            if first + limit < len(self._told):
                return Stretch(told, told[-1].cursor)
            return Stretch(told, max(cursor, self._end))

    def is_behind(self, cursor: Cursor) -> bool:
        """Whether it has not come as far as that."""
        return self._end < cursor

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._forget()

    @contextmanager
    def _read_on(self) -> Iterator[None]:
        """Hold it as it is at the end. A look that began after the call is as good as one's own."""
        called = time.monotonic()
        if not self._lock.acquire(timeout=OPERATION):
            raise Busy
        try:
            if self._looked < called:
                self._look()
            yield
        finally:
            self._lock.release()

    def _look(self) -> None:
        began = time.monotonic()
        if began - self._looked > IDLE:
            self._forget()
        try:
            self._read()
        except CursorLost:  # for too long it could not be read on
            self._forget()
            self._read()
        self._looked = began

    def _read(self) -> None:
        now = self._now()
        if not self._end:
            self._start = self._end = cursor_at(now.end)
        if now.server != self._server:
            self._hang_up()
            self._server = now.server
        stream = self._stream or self._follow(place_at(self._end))
        self._stream = None  # whatever it raises, it is over
        try:
            found = stream.read(now)
        except BaseException:
            stream.close()
            raise
        self._stream, self._end = stream, found.cursor
        self._told += found.told
        surplus = len(self._told) - KEPT
        if surplus > KEPT // 2:
            self._start = self._told[surplus - 1].cursor
            del self._told[:surplus]

    def _hang_up(self) -> None:
        """The stream of a process that ended is opened anew behind what was told, at a time.

        The driver would take it up again by its token. Of a server that was killed this may name an operation that was
        shown and not kept, and what the next one wrote in its place is passed over.
        """
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _forget(self) -> None:
        self._hang_up()
        self._told, self._start, self._end = [], b"", b""

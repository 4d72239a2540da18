"""Noticing that something was committed: by this process at once, by another one within 20 ms."""

from __future__ import annotations

import sqlite3
import time
from threading import Condition, Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.connections import connect, reraise
from hosanna_adapters.sqlite.patience import over
from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from pathlib import Path

_EVERY: Final = 0.02
"""Seconds between two looks at the file while somebody waits."""


class Seen(NamedTuple):
    """How often this process has committed, and the mark of the file, which every commit of another one moves."""

    commits: int
    mark: int


class Watch:
    """What those who wait look at; no thread of its own: they look themselves, all through one connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._committed = Condition()
        self._commits = 0
        self._looking = Lock()
        self._db: sqlite3.Connection | None = None
        self._open = True

    def wake(self) -> None:
        """Something was committed by this process."""
        with self._committed:
            self._commits += 1
            self._committed.notify_all()

    def seen(self) -> Seen:
        """How things are now. Raises Busy."""
        return Seen(self._commits, self._mark())

    def await_change(self, seen: Seen, until: float) -> bool:
        """Block until something is committed after *seen*; False if nothing is by the deadline. Raises Busy."""
        while True:
            with self._committed:
                if self._commits == seen.commits:
                    self._committed.wait(min(_EVERY, max(0.0, until - time.monotonic())))
                if self._commits != seen.commits:
                    return True
            if self._mark() != seen.mark:
                return True
            if over(until):
                return False

    def close(self) -> None:
        """Look no more; who waits is told."""
        with self._looking:
            self._open = False
            if self._db is not None:
                self._db.close()
        self.wake()

    def _mark(self) -> int:
        with self._looking:
            if not self._open:
                raise Busy("The store is closed.")
            try:
                if self._db is None:
                    self._db = connect(self._path, writing=False)
                (mark,) = self._db.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                reraise(error)
            return int(mark)

"""Waking whoever waits: a second change stream, which says only that something happened, and when.

The stream that is read (`EventStream`) must not wait for long where there is nothing more; this one does nothing else.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.patience import farewell
from hosanna_adapters.mongo.places import time_of
from hosanna_adapters.mongo.streams import TOLD, lost
from hosanna_core.errors import CursorLost

if TYPE_CHECKING:
    from pymongo.change_stream import DatabaseChangeStream
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document

_WHEN: Final[Document] = {"$project": {"clusterTime": 1}}
_TURN: Final = 0.1
"""Seconds that the server is listened to at a time: nobody waits longer than they want to by more than that."""
ALWAYS: Final = 0
"""What is answered where it may have rung without being heard."""


class Bell:
    """Rings for every commit that tells something, from when somebody first asks. One thread listens for all."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._stream: DatabaseChangeStream[Document] | None = None
        self._rung = 0
        self._latest = 0

    def rung(self) -> int:
        """How often it has rung. From now on it is listened to: who looks for events after that misses none."""
        if self._stream is None:
            with self._turn:
                if self._stream is None:
                    self._stream = self._database.watch([TOLD, _WHEN], max_await_time_ms=int(_TURN * 1000))
        return self._rung

    def heard(self, rung: int, since: int, timeout: float) -> int | None:
        """Wait until it has rung more often than *rung*, and for a commit of the cluster time *since* or a later one.

        The latest such time, None if it did not; `ALWAYS` if nobody knows.
        """
        end = time.monotonic() + timeout
        while self._rung == rung or self._latest < since:
            left = end - time.monotonic()
            if left <= 0:
                return None
            if not self._turn.acquire(timeout=left):
                continue
            try:
                if self._stream is None:
                    return ALWAYS
                if self._rung == rung or self._latest < since:
                    self._listen(self._stream)
            finally:
                self._turn.release()
        return self._latest

    def close(self) -> None:
        """Listen no more."""
        with self._turn:
            self._hang_up()

    def _listen(self, stream: DatabaseChangeStream[Document]) -> None:
        try:
            with lost():
                commit = stream.try_next()
        except CursorLost:
            self._hang_up()
            return
        except BaseException:
            self._hang_up()
            raise
        if not stream.alive:
            self._hang_up()
        elif commit is not None:
            self._latest = max(self._latest, time_of(commit["clusterTime"]))
            self._rung += 1

    def _hang_up(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with farewell():
                stream.close()

"""Writing lines on a thread of its own: a full disk, or a terminal that nobody reads, slows no request."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from queue import Full, Queue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_WAITING: Final = 10_000
"""Lines: a few megabytes, and seconds of a busy server."""
AT_ONCE: Final = 200
"""Lines that are written together, if so many wait."""
LAST_WORDS: Final = 2.0
"""Seconds that what still waits is given at the end."""


class Scribe(logging.Handler):
    """Hands lines to *write* on a thread. Those that cannot be kept are counted by *lost*, and hold nobody up.

    A line is put together where it is told, for there it is known which request it is about.
    """

    def __init__(self, write: Callable[[str], None], lost: Callable[[int], None]) -> None:
        super().__init__()
        self._write = write
        self._lost = lost
        self._lines: Queue[str | threading.Event | None] = Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="hosanna-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line where the thread finds it."""
        try:
            self._lines.put_nowait(self.format(record) + "\n")
        except Full:
            self._lost(1)
        except Exception:  # whatever it is: who wanted to tell something has other things to do
            self._lost(1)

    def flush(self) -> None:
        """Wait a moment for what was told so far."""
        written = threading.Event()
        with suppress(Full):
            self._lines.put(written, timeout=LAST_WORDS)
            written.wait(LAST_WORDS)

    def close(self) -> None:
        """Wait a moment for what is not written yet."""
        until = time.monotonic() + LAST_WORDS
        try:
            self._lines.put(None, timeout=LAST_WORDS)
        except Full:
            self._lost(self._lines.qsize())
        self._thread.join(max(0.0, until - time.monotonic()))
        super().close()

    def _work(self) -> None:
        following: str | threading.Event | None = ""
        while following is not None:
            lines, following = self._next()
            if lines:
                self._put_down(lines)
            if isinstance(following, threading.Event):
                following.set()

    def _put_down(self, lines: list[str]) -> None:
        try:
            self._write("".join(lines))
        except Exception:  # whatever it is, the next line may find a place again
            self._lost(len(lines))

    def _next(self) -> tuple[list[str], str | threading.Event | None]:
        """The lines that wait, once something does, and what stood behind them: None at the end."""
        found: list[str] = []
        item = self._lines.get()
        while isinstance(item, str):
            found.append(item)
            if len(found) == AT_ONCE or self._lines.empty():
                break
            item = self._lines.get()
        return found, item

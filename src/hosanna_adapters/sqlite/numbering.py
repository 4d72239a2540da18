"""Job numbers, of which a process takes a few ahead."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.patience import take
from hosanna_core.errors import Busy

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.writer import Writer

_AT_ONCE: Final = 16
"""A process takes so many job numbers in one write, and loses at most so many when it dies."""


class Numbering:
    """The numbers that this process took and has not given out."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._ahead: list[int] = []
        self._lock = Lock()

    def claim(self, count: int) -> Sequence[int]:
        """*count* numbers. Who waits for somebody else's write of a block waits no longer than for one of their own."""
        until = self._writer.deadline()
        if count >= _AT_ONCE:
            return self._reserve(count, until)
        if not take(self._lock, until):
            raise Busy
        try:
            if len(self._ahead) < count:
                self._ahead += self._reserve(_AT_ONCE, until)
            claimed, self._ahead = self._ahead[:count], self._ahead[count:]
            return claimed
        finally:
            self._lock.release()

    def _reserve(self, count: int, until: float) -> range:
        def work(db: sqlite3.Connection) -> int:
            (end,) = db.execute(
                "UPDATE counters SET next = next + ? WHERE name = 'job_number' RETURNING next", (count,)
            ).fetchone()
            return int(end)

        end = self._writer.run(work, until)
        return range(end - count, end)

"""Connections to the file: how they are opened, shared among threads, and what their errors mean."""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from hosanna_adapters.sqlite.patience import PATIENCE, over
from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_RETRY_EVERY: Final = 0.001
_TRANSIENT: Final = {
    sqlite3.SQLITE_BUSY: "Another process writes for too long: nothing was changed.",
    sqlite3.SQLITE_LOCKED: "Another process writes for too long: nothing was changed.",
    sqlite3.SQLITE_PROTOCOL: "Another process writes for too long: nothing was changed.",
    sqlite3.SQLITE_FULL: "The disk is full: nothing was changed.",
    sqlite3.SQLITE_IOERR: "The disk does not answer: nothing was changed.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened: nothing was changed.",
    sqlite3.SQLITE_READONLY: "The database file cannot be written: nothing was changed.",
}
_ALONE: Final = ("PRAGMA locking_mode = EXCLUSIVE",)
_SHARED: Final = ("PRAGMA temp_store = MEMORY",)
# The file is not mapped: each reader would map it anew, and the process look larger by all that every one of them has
# ever read, from minute to minute. At 300 requests a second on 100,000 jobs that was no quicker.
_READER: Final = ("PRAGMA query_only = ON", "PRAGMA cache_size = -12288")
# A checkpoint every 16 MB: a rarer one holds up its commit for longer, more frequent ones cost more in all.
# What is deleted is overwritten at once: of 5,000 imported and 2,000 edited jobs, with it and without, the medians of
# five runs lay 2 % apart, as far as two runs of the same do. What it leaves behind, `wiping` removes.
_WRITER: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA journal_size_limit = 67108864",
)


def connect(path: Path, *, writing: bool, alone: bool = False) -> sqlite3.Connection:
    """Open a file that exists; transactions are begun by hand, and any one thread at a time may use the connection.

    With *alone* the file is no other's as long as this connection uses it; that fails while another one has it open.
    """
    db = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    try:
        for pragma in (*(_ALONE if alone else ()), *_SHARED, *(_WRITER if writing else _READER)):
            db.execute(pragma)
    except sqlite3.Error:
        db.close()
        raise
    return db


def leave_waiting_to_us(db: sqlite3.Connection) -> None:
    """From here on `begin` waits for other writers, not SQLite."""
    db.execute("PRAGMA busy_timeout = 0")


def reraise(error: sqlite3.Error, words: str | None = None) -> NoReturn:
    """Raise what an error of SQLite is to a caller: Busy where it may pass, else (a broken file, a bug) itself."""
    if may_pass(error):
        raise Busy(words or _TRANSIENT[_primary(error)]) from error
    raise error


def is_taken(error: Exception) -> bool:
    """Whether it says that another connection is in the way."""
    return _primary(error) == sqlite3.SQLITE_BUSY


def may_pass(error: Exception) -> bool:
    """Whether it is an error of SQLite that says nothing against what was to be done."""
    return _primary(error) in _TRANSIENT


def _primary(error: Exception) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


@contextmanager
def immediate(db: sqlite3.Connection, until: float) -> Iterator[None]:
    """A write transaction: committed at the end, rolled back whole by any error.

    Raises Busy if it could not begin by the deadline.
    """
    begin(db, until)
    try:
        yield
        db.execute("COMMIT")
    except BaseException as error:
        # A full disk may have rolled it back already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            reraise(error)
        raise


def begin(db: sqlite3.Connection, until: float) -> None:
    """Become the one writer of the file, or raise Busy at the deadline; where that has passed, there is one try.

    SQLite itself waits in steps of up to 100 ms and would sleep through the pauses that an importer leaves: hence
    `leave_waiting_to_us`.
    """
    while True:
        try:
            db.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_taken(error) or over(until):
                reraise(error)
        time.sleep(_RETRY_EVERY)


class Readers:
    """Connections that cannot write, as many as there ever were reads at once; each serves one read at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._open = True

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """All rows of one statement, which sees every commit that was acknowledged before."""
        try:
            db = self._take()
            try:
                return db.execute(sql, values).fetchall()
            finally:
                self._give(db)
        except sqlite3.Error as error:
            reraise(error)

    def row(self, sql: str, values: Sequence[Any] = ()) -> Any | None:
        """The first row, None if there is none."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close every connection; one that is reading follows when it is done."""
        self._open = False
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if not self._open:
            raise Busy("The store is closed.")
        try:
            # The last one used: its cache is the warmest.
            return self._idle.pop()
        except IndexError:
            return connect(self._path, writing=False)

    def _give(self, db: sqlite3.Connection) -> None:
        self._idle.append(db)
        if not self._open:
            self.close()

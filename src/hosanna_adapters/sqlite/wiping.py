"""Leaving no trace of what was erased: rows are not all that a file holds.

`secure_delete` overwrites a deleted row where it lies. But SQLite moves rows from page to page, and what it leaves
behind of them it does not overwrite: of 750 erased names, each in a job that had been edited a few times, two could
still be read in the file. So whoever erased anything writes the file anew before it is closed, and empties the log.
That goes at 75 to 225 MB a second, more slowly where there are many indexes; meanwhile others read, and those who write
wait, or are told that the store is busy.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from hosanna_adapters.sqlite import patience
from hosanna_adapters.sqlite.connections import immediate, leave_waiting_to_us, reraise
from hosanna_core.errors import Busy

_MARK: Final = "INSERT OR REPLACE INTO meta (name, value) VALUES ('erased', randomblob(16))"
_MARKED: Final = "SELECT value FROM meta WHERE name = 'erased'"
# Not a mark that somebody else has made meanwhile.
_UNMARK: Final = "DELETE FROM meta WHERE name = 'erased' AND value = ?"
_AGAIN: Final = (
    "The file could not be written anew: what was removed may still lie in free parts of it. Do it again."
)


def mark(db: sqlite3.Connection) -> None:
    """Note, in the transaction that erases, that the file holds traces: whoever closes it removes them."""
    db.execute(_MARK)


def wipe(db: sqlite3.Connection) -> None:
    """Remove the traces of what was erased, if there are any. Raises Busy where others do not let us."""
    marked = db.execute(_MARKED).fetchone()
    if marked is None:
        return
    rewrite(db)
    with immediate(db, patience.deadline()):
        db.execute(_UNMARK, marked)


def rewrite(db: sqlite3.Connection) -> None:
    """Write the file anew, without what is free in it, and empty the log. Raises Busy where others do not let us."""
    db.execute(f"PRAGMA busy_timeout = {round(patience.PATIENCE * 1000)}")
    # The copy is as large as the file: too large for the memory.
    db.execute("PRAGMA temp_store = FILE")
    try:
        db.execute("VACUUM")
        (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        reraise(error, _AGAIN)
    finally:
        leave_waiting_to_us(db)
    if busy:
        raise Busy(_AGAIN)

"""The store of one file: what opens it, what it brings, what closes it."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from hosanna_adapters.sqlite.audits import SqliteAudits
from hosanna_adapters.sqlite.connections import Readers, connect, leave_waiting_to_us, reraise
from hosanna_adapters.sqlite.inboxes import SqliteInboxes
from hosanna_adapters.sqlite.jobs import SqliteJobs
from hosanna_adapters.sqlite.keystore import SqliteKeystore
from hosanna_adapters.sqlite.ledger import SqliteLedger
from hosanna_adapters.sqlite.people import SqliteCalendars, SqliteUsers
from hosanna_adapters.sqlite.receipts import SqliteReceipts
from hosanna_adapters.sqlite.schema import migrate
from hosanna_adapters.sqlite.sessions import SqliteSessions
from hosanna_adapters.sqlite.veils import InClear
from hosanna_adapters.sqlite.wiping import wipe
from hosanna_adapters.sqlite.writer import Writer
from hosanna_core.ports.bundle import Store

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from hosanna_adapters.sqlite.veils import Veil


class SqliteStore:
    """Everything in one SQLite file, which several processes may use at once; every port from any thread.

    Durable: WAL with `synchronous=FULL`. Files are readable by their owner alone.
    """

    def __init__(self, readers: Readers, writer: Writer, veil: Veil) -> None:
        self._readers = readers
        self._writer = writer
        self._ports = Store(
            ledger=SqliteLedger(writer, veil),
            jobs=SqliteJobs(readers, writer, veil),
            users=SqliteUsers(readers, veil),
            calendars=SqliteCalendars(readers, veil),
            receipts=SqliteReceipts(readers),
            inboxes=SqliteInboxes(readers, writer),
            keystore=SqliteKeystore(readers, writer),
            sessions=SqliteSessions(readers, veil),
            audits=SqliteAudits(readers, veil),
        )

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, make it and its folder if need be, and bring its schema up to date.

        Raises SchemaTooNew for a file that a newer Hosanna wrote, Busy where it cannot be opened or written.
        """
        try:
            _make(path)
            db = connect(path, writing=True)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                migrate(db)
                leave_waiting_to_us(db)
            except BaseException:
                db.close()
                raise
        except sqlite3.Error as error:
            reraise(error)
        return cls(Readers(path), Writer(db), InClear())

    def ports(self) -> Store:
        """The ports of this store."""
        return self._ports

    def close(self) -> None:
        """Close the file; what is being written is finished first, and no trace is left of what was erased.

        Raises Busy, and has closed the file all the same, where other processes do not let the traces be removed.
        """
        self._readers.close()
        self._writer.close(last=wipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

"""The store of one file: what opens it, what it brings, what closes it."""

from __future__ import annotations

import errno
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.announcements import SqliteAnnouncements
from hosanna_adapters.sqlite.audits import SqliteAudits
from hosanna_adapters.sqlite.bookmarks import SqliteBookmarks
from hosanna_adapters.sqlite.connections import Readers, connect, leave_waiting_to_us, reraise
from hosanna_adapters.sqlite.dayplans import SqliteDayPlans
from hosanna_adapters.sqlite.deliveries import SqliteDeliveries
from hosanna_adapters.sqlite.encrypting import OFF, begin_conversion, settle, state_of, veil_of
from hosanna_adapters.sqlite.feed import SqliteFeed
from hosanna_adapters.sqlite.firms import SqliteFirms
from hosanna_adapters.sqlite.inboxes import SqliteInboxes
from hosanna_adapters.sqlite.integrations import SqliteApiKeys, SqliteWebhooks
from hosanna_adapters.sqlite.jobs import SqliteJobs
from hosanna_adapters.sqlite.keystore import SqliteKeystore
from hosanna_adapters.sqlite.ledger import SqliteLedger
from hosanna_adapters.sqlite.people import SqliteCalendars, SqliteUsers
from hosanna_adapters.sqlite.receipts import SqliteReceipts
from hosanna_adapters.sqlite.reencryption import Converting, Rekeying
from hosanna_adapters.sqlite.schema import migrate
from hosanna_adapters.sqlite.sessions import SqliteSessions
from hosanna_adapters.sqlite.snapshots import SqliteSnapshots
from hosanna_adapters.sqlite.tallies import SqliteTallies
from hosanna_adapters.sqlite.telling import SqliteFollowers, SqliteSubscriptions, SqliteTickets
from hosanna_adapters.sqlite.veils import HalfEncrypted, InClear
from hosanna_adapters.sqlite.watch import Watch
from hosanna_adapters.sqlite.wiping import wipe
from hosanna_adapters.sqlite.writer import Writer
from hosanna_core.errors import EncryptionMismatch, HosannaError
from hosanna_core.ports.bundle import Store

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.ports import Encryption, Reencryption

OLDEST: Final = (3, 35)
"""The first SQLite that answers what it has written (`RETURNING`)."""


class SqliteTooOld(HosannaError):
    """The SQLite that this Python was built with lacks what the store needs."""

    code = "sqlite_too_old"

    def __init__(self) -> None:
        super().__init__(
            f"This Python has SQLite {sqlite3.sqlite_version}, Hosanna needs {'.'.join(map(str, OLDEST))} or newer. "
            "Take a Python that brings a newer one, or MongoDB (MONGODB_URI)."
        )


class SqliteStore:
    """Everything in one SQLite file, which several processes may use at once; every port from any thread.

    Durable: WAL with `synchronous=FULL`. Files are readable by their owner alone.
    """

    def __init__(self, path: Path, readers: Readers, writer: Writer, watch: Watch, veil: Veil) -> None:
        self._readers = readers
        self._writer = writer
        self._watch = watch
        self._veil = veil
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
            feed=SqliteFeed(readers, watch),
            announcements=SqliteAnnouncements(readers, veil),
            followers=SqliteFollowers(readers, writer),
            subscriptions=SqliteSubscriptions(readers, writer, veil),
            tickets=SqliteTickets(writer),
            dayplans=SqliteDayPlans(readers, writer, veil),
            firms=SqliteFirms(readers, veil),
            api_keys=SqliteApiKeys(readers, veil),
            webhooks=SqliteWebhooks(readers, veil),
            deliveries=SqliteDeliveries(readers, writer),
            bookmarks=SqliteBookmarks(readers, writer),
            tallies=SqliteTallies(readers, veil),
            snapshots=SqliteSnapshots(path, readers, veil, watch.wake),
        )

    @classmethod
    def open(cls, path: Path, *, encryption: Encryption | None = None, converting: bool = False) -> Self:
        """Open the file, make it and its folder if need be, and bring its schema up to date.

        A new store that is given an *encryption* is encrypted from the start. One that is not encrypted is opened
        with *converting* to become so (`reencryption`), which needs it alone; until that is done it opens for nothing
        else.

        Raises SchemaTooNew for a file that a newer Hosanna wrote, EncryptionMismatch where it is encrypted and
        *encryption* is not what it needs, or the other way round, Busy where it cannot be opened or written, and
        SqliteTooOld before anything is touched.
        """
        if sqlite3.sqlite_version_info < OLDEST:
            raise SqliteTooOld
        try:
            _make(path)
            db = _prepared(path, encryption)
            try:
                if converting and encryption is not None and state_of(db) == OFF:
                    db.close()
                    begin_conversion(path)
                    db = _prepared(path, encryption)
                veil = veil_of(db, encryption, converting=converting)
            except BaseException:
                db.close()
                raise
        except sqlite3.Error as error:
            reraise(error)
        watch = Watch(path)
        return cls(path, Readers(path), Writer(db, watch.wake), watch, veil)

    def ports(self) -> Store:
        """The ports of this store."""
        return self._ports

    def reencryption(self, encryption: Encryption) -> Reencryption:
        """What brings all that the store holds under the first key of *encryption*, encrypted yet or not."""
        if isinstance(self._veil, InClear):
            raise EncryptionMismatch(encrypted=False)
        kind = Converting if isinstance(self._veil, HalfEncrypted) else Rekeying
        return kind(self._readers, self._writer, encryption)

    def close(self) -> None:
        """Close the file; what is being written is finished first, and no trace is left of what was erased.

        Raises Busy, and has closed the file all the same, where other processes do not let the traces be removed.
        """
        self._watch.close()
        self._readers.close()
        self._writer.close(last=wipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _prepared(path: Path, encryption: Encryption | None) -> sqlite3.Connection:
    db = connect(path, writing=True)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        migrate(db)
        settle(db, encryption)
        leave_waiting_to_us(db)
    except BaseException:
        db.close()
        raise
    return db


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # One that exists is not touched: closing it would take away every lock that this process holds on it (POSIX).
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))

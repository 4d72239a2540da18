"""The SQLite store keeps every contract of a store."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.ports import Notifier, Store
from hosanna_core.testing.contracts import (
    AnnouncementsContract,
    ApiKeysContract,
    AuditsContract,
    BatchContract,
    BookmarksContract,
    CalendarsContract,
    DayPlansContract,
    DeliveriesContract,
    DurabilityContract,
    FeedContract,
    FirmsContract,
    FollowersContract,
    InboxesContract,
    JobsContract,
    KeystoreContract,
    LedgerContract,
    ListsContract,
    NotifierContract,
    RacesContract,
    ReceiptsContract,
    SearchContract,
    SessionsContract,
    SnapshotsContract,
    SubscriptionsContract,
    TalliesContract,
    TicketsContract,
    UsersContract,
    WebhooksContract,
)


class Death(Exception):
    """What the process dies of."""


class Mortal:
    """A connection on which the n-th statement of a commit is never run; a roll-back still is."""

    def __init__(self, db: sqlite3.Connection, steps: int) -> None:
        self._db = db
        self._left = steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._step(sql)
        return self._db.execute(sql, *values)

    def executemany(self, sql: str, values: Any) -> sqlite3.Cursor:
        self._step(sql)
        return self._db.executemany(sql, values)

    def _step(self, sql: str) -> None:
        if not sql.startswith("ROLLBACK"):
            self._left -= 1
            if self._left == 0:
                raise Death


class Sqlite:
    durable = True
    interruptible = True

    @staticmethod
    def open(path: Path) -> SqliteStore:
        return SqliteStore.open(path)

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "hosanna" / "hosanna.sqlite"

    @pytest.fixture
    def opened(self, path: Path) -> Iterator[list[SqliteStore]]:
        stores = [self.open(path)]
        yield stores
        for store in stores:
            store.close()

    @pytest.fixture
    def store(self, opened: list[SqliteStore]) -> Store:
        return opened[0].ports()

    @pytest.fixture
    def notifier(self, store: Store) -> Notifier:
        return store.inboxes

    @pytest.fixture
    def reopen(self, opened: list[SqliteStore], path: Path) -> Callable[[], Store]:
        def again() -> Store:
            opened.pop().close()
            opened.append(self.open(path))
            return opened[0].ports()

        return again

    @pytest.fixture
    def interrupt(self, opened: list[SqliteStore]) -> Callable[[int], Any]:
        @contextmanager
        def dying(step: int) -> Iterator[list[Death]]:
            writer: Any = opened[0]._writer
            db, deaths = writer._db, list[Death]()
            writer._db = Mortal(db, step)
            try:
                yield deaths
            except Death as death:
                deaths.append(death)
            finally:
                writer._db = db

        return dying


class TestSqliteLedger(Sqlite, LedgerContract):
    pass


class TestSqliteBatch(Sqlite, BatchContract):
    pass


class TestSqliteRaces(Sqlite, RacesContract):
    pass


class TestSqliteDurability(Sqlite, DurabilityContract):
    pass


class TestSqliteJobs(Sqlite, JobsContract):
    pass


class TestSqliteLists(Sqlite, ListsContract):
    pass


class TestSqliteSearch(Sqlite, SearchContract):
    pass


class TestSqliteUsers(Sqlite, UsersContract):
    pass


class TestSqliteCalendars(Sqlite, CalendarsContract):
    pass


class TestSqliteReceipts(Sqlite, ReceiptsContract):
    pass


class TestSqliteFeed(Sqlite, FeedContract):
    pass


class TestSqliteAnnouncements(Sqlite, AnnouncementsContract):
    pass


class TestSqliteFirms(Sqlite, FirmsContract):
    pass


class TestSqliteTallies(Sqlite, TalliesContract):
    pass


class TestSqliteDayPlans(Sqlite, DayPlansContract):
    pass


class TestSqliteApiKeys(Sqlite, ApiKeysContract):
    pass


class TestSqliteWebhooks(Sqlite, WebhooksContract):
    pass


class TestSqliteDeliveries(Sqlite, DeliveriesContract):
    pass


class TestSqliteBookmarks(Sqlite, BookmarksContract):
    pass


class TestSqliteFollowers(Sqlite, FollowersContract):
    pass


class TestSqliteSubscriptions(Sqlite, SubscriptionsContract):
    pass


class TestSqliteTickets(Sqlite, TicketsContract):
    pass


class TestSqliteInboxes(Sqlite, InboxesContract):
    pass


class TestSqliteNotifier(Sqlite, NotifierContract):
    pass


class TestSqliteKeystore(Sqlite, KeystoreContract):
    pass


class TestSqliteSessions(Sqlite, SessionsContract):
    pass


class TestSqliteAudits(Sqlite, AuditsContract):
    pass


class TestSqliteSnapshots(Sqlite, SnapshotsContract):
    pass

"""The SQLite store keeps every contract of a store when it is encrypted, too."""

from pathlib import Path

from tests.adapters.sqlite.rings import OLD, ring
from tests.adapters.sqlite.test_sqlite_contract import Sqlite

from hosanna_adapters.sqlite import SqliteStore
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
    JobsContract,
    LedgerContract,
    ListsContract,
    RacesContract,
    SearchContract,
    SessionsContract,
    SnapshotsContract,
    SubscriptionsContract,
    TalliesContract,
    UsersContract,
    WebhooksContract,
)


class Encrypted(Sqlite):
    @staticmethod
    def open(path: Path) -> SqliteStore:
        return SqliteStore.open(path, encryption=ring(OLD))


class TestEncryptedLedger(Encrypted, LedgerContract):
    pass


class TestEncryptedBatch(Encrypted, BatchContract):
    pass


class TestEncryptedRaces(Encrypted, RacesContract):
    pass


class TestEncryptedDurability(Encrypted, DurabilityContract):
    pass


class TestEncryptedJobs(Encrypted, JobsContract):
    pass


class TestEncryptedLists(Encrypted, ListsContract):
    pass


class TestEncryptedSearch(Encrypted, SearchContract):
    pass


class TestEncryptedUsers(Encrypted, UsersContract):
    pass


class TestEncryptedCalendars(Encrypted, CalendarsContract):
    pass


class TestEncryptedFeed(Encrypted, FeedContract):
    pass


class TestEncryptedAnnouncements(Encrypted, AnnouncementsContract):
    pass


class TestEncryptedFirms(Encrypted, FirmsContract):
    pass


class TestEncryptedTallies(Encrypted, TalliesContract):
    pass


class TestEncryptedDayPlans(Encrypted, DayPlansContract):
    pass


class TestEncryptedApiKeys(Encrypted, ApiKeysContract):
    pass


class TestEncryptedWebhooks(Encrypted, WebhooksContract):
    pass


class TestEncryptedDeliveries(Encrypted, DeliveriesContract):
    pass


class TestEncryptedBookmarks(Encrypted, BookmarksContract):
    pass


class TestEncryptedSubscriptions(Encrypted, SubscriptionsContract):
    pass


class TestEncryptedSessions(Encrypted, SessionsContract):
    pass


class TestEncryptedAudits(Encrypted, AuditsContract):
    pass


class TestEncryptedSnapshots(Encrypted, SnapshotsContract):
    pass

"""A store whose personal values are encrypted keeps every contract, and finds and lists the same."""

from typing import Any

import mongomock
import pytest
from pymongo.database import Database

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_adapters.mongo import MongoStore, jobs
from hosanna_core.ports import Store
from hosanna_core.testing import contracts

KEYS = AesGcmEncryption([("2026", bytes(range(32)))], token_key=bytes(32))


class EncryptedMock:
    concurrency = False
    follows = False
    many = 300

    @pytest.fixture
    def store(self) -> Store:
        return MongoStore(mongomock.MongoClient()["test"], transactions=False, encryption=KEYS).ports()


class EncryptedWire:
    many = 150

    @pytest.fixture
    def store(self, wire_database: Database[dict[str, Any]]) -> Store:
        return MongoStore(wire_database, encryption=KEYS).ports()


class TestEncryptedMockLedger(EncryptedMock, contracts.LedgerContract):
    pass


class TestEncryptedMockBatch(EncryptedMock, contracts.BatchContract):
    pass


class TestEncryptedMockJobs(EncryptedMock, contracts.JobsContract):
    pass


class TestEncryptedMockLists(EncryptedMock, contracts.ListsContract):
    pass


class TestEncryptedMockSearch(EncryptedMock, contracts.SearchContract):
    pass


class TestEncryptedMockUsers(EncryptedMock, contracts.UsersContract):
    pass


class TestEncryptedMockCalendars(EncryptedMock, contracts.CalendarsContract):
    pass


class TestEncryptedMockSessions(EncryptedMock, contracts.SessionsContract):
    pass


class TestEncryptedMockAudits(EncryptedMock, contracts.AuditsContract):
    pass


class TestEncryptedMockInboxes(EncryptedMock, contracts.InboxesContract):
    pass


class TestEncryptedMockAnnouncements(EncryptedMock, contracts.AnnouncementsContract):
    pass


class TestEncryptedMockDayPlans(EncryptedMock, contracts.DayPlansContract):
    pass


class TestEncryptedMockFirms(EncryptedMock, contracts.FirmsContract):
    pass


class TestEncryptedMockTallies(EncryptedMock, contracts.TalliesContract):
    pass


class TestEncryptedMockApiKeys(EncryptedMock, contracts.ApiKeysContract):
    pass


class TestEncryptedMockWebhooks(EncryptedMock, contracts.WebhooksContract):
    pass


class TestEncryptedMockDeliveries(EncryptedMock, contracts.DeliveriesContract):
    pass


class TestEncryptedMockBookmarks(EncryptedMock, contracts.BookmarksContract):
    pass


class TestEncryptedMockSubscriptions(EncryptedMock, contracts.SubscriptionsContract):
    pass


class TestEncryptedMockWalks(EncryptedMock, contracts.SearchContract):
    """As if every word were common."""

    @pytest.fixture(autouse=True)
    def small_budget(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "BUDGET", 12)
        monkeypatch.setattr(jobs, "AT_ONCE", 5)


@pytest.mark.deep
class TestEncryptedWireLedger(EncryptedWire, contracts.LedgerContract):
    pass


@pytest.mark.deep
class TestEncryptedWireFeed(EncryptedWire, contracts.FeedContract):
    pass


class TestEncryptedWireSearch(EncryptedWire, contracts.SearchContract):
    pass


@pytest.mark.deep
class TestEncryptedWireRaces(EncryptedWire, contracts.RacesContract):
    pass


@pytest.mark.deep
class TestEncryptedWireLists(EncryptedWire, contracts.ListsContract):
    pass


class TestEncryptedMockSnapshots(EncryptedMock, contracts.SnapshotsContract):
    pass

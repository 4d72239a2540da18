"""The same contracts on mongomock, which has no transactions: what races or outlives a process is skipped, visibly."""

import mongomock
import pytest

from hosanna_adapters.mongo import MongoStore, jobs
from hosanna_core.ports import Store
from hosanna_core.testing import contracts


class Mock:
    concurrency = False
    follows = False
    many = 600

    @pytest.fixture
    def store(self) -> Store:
        return MongoStore(mongomock.MongoClient()["test"], transactions=False).ports()


class TestMockLedger(Mock, contracts.LedgerContract):
    pass


class TestMockBatch(Mock, contracts.BatchContract):
    pass


class TestMockDurability(Mock, contracts.DurabilityContract):
    pass


class TestMockRaces(Mock, contracts.RacesContract):
    pass


class TestMockJobs(Mock, contracts.JobsContract):
    pass


class TestMockLists(Mock, contracts.ListsContract):
    pass


class TestMockSearch(Mock, contracts.SearchContract):
    pass


class TestMockUsers(Mock, contracts.UsersContract):
    pass


class TestMockCalendars(Mock, contracts.CalendarsContract):
    pass


class TestMockReceipts(Mock, contracts.ReceiptsContract):
    pass


class TestMockInboxes(Mock, contracts.InboxesContract):
    pass


class TestMockSessions(Mock, contracts.SessionsContract):
    pass


class TestMockAudits(Mock, contracts.AuditsContract):
    pass


class TestMockKeystore(Mock, contracts.KeystoreContract):
    pass


class TestMockFeed(Mock, contracts.FeedContract):
    pass


class TestMockAnnouncements(Mock, contracts.AnnouncementsContract):
    pass


class TestMockFirms(Mock, contracts.FirmsContract):
    pass


class TestMockTallies(Mock, contracts.TalliesContract):
    pass


class TestMockDayPlans(Mock, contracts.DayPlansContract):
    pass


class TestMockApiKeys(Mock, contracts.ApiKeysContract):
    pass


class TestMockWebhooks(Mock, contracts.WebhooksContract):
    pass


class TestMockDeliveries(Mock, contracts.DeliveriesContract):
    pass


class TestMockBookmarks(Mock, contracts.BookmarksContract):
    pass


class TestMockFollowers(Mock, contracts.FollowersContract):
    pass


class TestMockSubscriptions(Mock, contracts.SubscriptionsContract):
    pass


class TestMockTickets(Mock, contracts.TicketsContract):
    pass


class TestMockWalks(Mock, contracts.ListsContract):
    """As if every word and range were common: the order is followed, some entries at a time."""

    @pytest.fixture(autouse=True)
    def small_budget(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "BUDGET", 12)
        monkeypatch.setattr(jobs, "AT_ONCE", 5)


class TestMockSnapshots(Mock, contracts.SnapshotsContract):
    pass

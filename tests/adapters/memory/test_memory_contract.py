"""The memory store keeps every contract of a store."""

import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_core.ports import Store
from hosanna_core.testing import contracts


class Memory:
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore().ports()


class TestMemoryLedger(Memory, contracts.LedgerContract):
    pass


class TestMemoryBatch(Memory, contracts.BatchContract):
    pass


class TestMemoryDurability(Memory, contracts.DurabilityContract):
    pass


class TestMemoryRaces(Memory, contracts.RacesContract):
    pass


class TestMemoryJobs(Memory, contracts.JobsContract):
    pass


class TestMemoryLists(Memory, contracts.ListsContract):
    pass


class TestMemorySearch(Memory, contracts.SearchContract):
    pass


class TestMemoryUsers(Memory, contracts.UsersContract):
    pass


class TestMemoryCalendars(Memory, contracts.CalendarsContract):
    pass


class TestMemoryReceipts(Memory, contracts.ReceiptsContract):
    pass


class TestMemoryInboxes(Memory, contracts.InboxesContract):
    pass


class TestMemoryFeed(Memory, contracts.FeedContract):
    pass


class TestMemoryAnnouncements(Memory, contracts.AnnouncementsContract):
    pass


class TestMemoryFirms(Memory, contracts.FirmsContract):
    pass


class TestMemoryTallies(Memory, contracts.TalliesContract):
    pass


class TestMemoryDayPlans(Memory, contracts.DayPlansContract):
    pass


class TestMemoryApiKeys(Memory, contracts.ApiKeysContract):
    pass


class TestMemoryWebhooks(Memory, contracts.WebhooksContract):
    pass


class TestMemoryDeliveries(Memory, contracts.DeliveriesContract):
    pass


class TestMemoryBookmarks(Memory, contracts.BookmarksContract):
    pass


class TestMemoryFollowers(Memory, contracts.FollowersContract):
    pass


class TestMemorySubscriptions(Memory, contracts.SubscriptionsContract):
    pass


class TestMemoryTickets(Memory, contracts.TicketsContract):
    pass


class TestMemoryKeystore(Memory, contracts.KeystoreContract):
    pass


class TestMemorySessions(Memory, contracts.SessionsContract):
    pass


class TestMemoryAudits(Memory, contracts.AuditsContract):
    pass


class TestMemorySnapshots(Memory, contracts.SnapshotsContract):
    pass

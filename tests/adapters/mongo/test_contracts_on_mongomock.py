"""The same contracts on mongomock, which has no transactions: what races or outlives a process is skipped, visibly."""

import mongomock
import pytest

from hosanna_adapters.mongo import MongoStore
from hosanna_core.ports import Store
from hosanna_core.testing import contracts


class Mock:
    concurrency = False

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


class TestMockKeystore(Mock, contracts.KeystoreContract):
    pass

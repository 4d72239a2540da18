"""The MongoDB store keeps every contract of a store on a server that speaks the real protocol."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from pymongo.database import Database

from hosanna_adapters.mongo import MongoStore, jobs, units
from hosanna_core.ports import Store
from hosanna_core.testing import contracts


class Death(BaseException):
    """The writer is gone; nothing that it could still do happens."""


class Wire:
    durable = True
    interruptible = True
    many = 300

    @pytest.fixture
    def store(self, wire_database: Database[dict[str, Any]]) -> Store:
        return MongoStore(wire_database).ports()

    @pytest.fixture
    def reopen(self, wire_uri: str, wire_database: Database[dict[str, Any]]) -> Iterator[Callable[[], Store]]:
        opened: list[MongoStore] = []

        def reopen() -> Store:
            opened.append(MongoStore.open(wire_uri, database=wire_database.name))
            return opened[-1].ports()

        yield reopen
        for store in opened:
            store.close()

    @pytest.fixture
    def interrupt(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
        """Dies before its n-th write. The server ends a transaction whose writer is gone."""

        @contextmanager
        def interrupt(step: int) -> Iterator[list[int]]:
            deaths: list[int] = []
            steps = iter(range(1, step + 1))

            def die(*_: object) -> None:
                if next(steps, step + 1) == step:
                    deaths.append(step)
                    raise Death

            with monkeypatch.context() as patched:
                patched.setattr(units._Transaction, "touch", die)
                patched.setattr(units._Transaction, "touch_all", die)
                with suppress(Death):
                    yield deaths

        return interrupt


class TestWireLedger(Wire, contracts.LedgerContract):
    pass


@pytest.mark.deep
class TestWireBatch(Wire, contracts.BatchContract):
    pass


class TestWireDurability(Wire, contracts.DurabilityContract):
    pass


@pytest.mark.deep
class TestWireRaces(Wire, contracts.RacesContract):
    pass


class TestWireJobs(Wire, contracts.JobsContract):
    pass


@pytest.mark.deep
class TestWireLists(Wire, contracts.ListsContract):
    pass


class TestWireSearch(Wire, contracts.SearchContract):
    pass


class TestWireUsers(Wire, contracts.UsersContract):
    pass


@pytest.mark.deep
class TestWireCalendars(Wire, contracts.CalendarsContract):
    pass


class TestWireReceipts(Wire, contracts.ReceiptsContract):
    pass


@pytest.mark.deep
class TestWireInboxes(Wire, contracts.InboxesContract):
    pass


@pytest.mark.deep
class TestWireSessions(Wire, contracts.SessionsContract):
    pass


@pytest.mark.deep
class TestWireAudits(Wire, contracts.AuditsContract):
    pass


class TestWireKeystore(Wire, contracts.KeystoreContract):
    pass


@pytest.mark.deep
class TestWireFeed(Wire, contracts.FeedContract):
    pass


@pytest.mark.deep
class TestWireAnnouncements(Wire, contracts.AnnouncementsContract):
    pass


@pytest.mark.deep
class TestWireFirms(Wire, contracts.FirmsContract):
    pass


@pytest.mark.deep
class TestWireTallies(Wire, contracts.TalliesContract):
    pass


@pytest.mark.deep
class TestWireDayPlans(Wire, contracts.DayPlansContract):
    pass


@pytest.mark.deep
class TestWireApiKeys(Wire, contracts.ApiKeysContract):
    pass


@pytest.mark.deep
class TestWireWebhooks(Wire, contracts.WebhooksContract):
    pass


@pytest.mark.deep
class TestWireDeliveries(Wire, contracts.DeliveriesContract):
    pass


class TestWireBookmarks(Wire, contracts.BookmarksContract):
    pass


@pytest.mark.deep
class TestWireFollowers(Wire, contracts.FollowersContract):
    pass


@pytest.mark.deep
class TestWireSubscriptions(Wire, contracts.SubscriptionsContract):
    pass


class TestWireTickets(Wire, contracts.TicketsContract):
    pass


@pytest.mark.deep
class TestWireWalks(Wire, contracts.SearchContract):
    """As if every word were common: the order is followed, some entries at a time."""

    many = 150

    @pytest.fixture(autouse=True)
    def small_budget(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jobs, "BUDGET", 20)
        monkeypatch.setattr(jobs, "AT_ONCE", 7)


@pytest.mark.deep
class TestWireSnapshots(Wire, contracts.SnapshotsContract):
    pass

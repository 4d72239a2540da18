"""The memory store, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_adapters.memory.bookmarks import MemoryBookmarks
from hosanna_adapters.memory.dayplans import MemoryDayPlans
from hosanna_adapters.memory.feed import MemoryFeed
from hosanna_adapters.memory.firms import MemoryFirms
from hosanna_adapters.memory.integrations import MemoryApiKeys, MemoryDeliveries, MemoryWebhooks
from hosanna_adapters.memory.jobs import MemoryJobs
from hosanna_adapters.memory.ledger import MemoryLedger
from hosanna_adapters.memory.registers import (
    MemoryCalendars,
    MemoryKeystore,
    MemoryReceipts,
    MemoryUsers,
)
from hosanna_adapters.memory.sessions import MemorySessions
from hosanna_adapters.memory.snapshots import MemorySnapshots
from hosanna_adapters.memory.state import State
from hosanna_adapters.memory.tallies import MemoryTallies
from hosanna_adapters.memory.telling import (
    MemoryAnnouncements,
    MemoryFollowers,
    MemoryInboxes,
    MemorySubscriptions,
    MemoryTickets,
)
from hosanna_adapters.memory.trail import MemoryAudits
from hosanna_core.ports import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.event import Event


class MemoryStore:
    """All ports of a store over one set of containers and one lock; it lives as long as the process.

    >>> from hosanna_core.rules.visibility import SEES_ALL
    >>> store = MemoryStore()
    >>> store.jobs.get("01890a5d-ac96-774b-bcce-b302099a8057", SEES_ALL) is None
    True
    """

    def __init__(self) -> None:
        self._state = State()
        self.ledger = MemoryLedger(self._state)
        self.jobs = MemoryJobs(self._state)
        self.users = MemoryUsers(self._state)
        self.calendars = MemoryCalendars(self._state)
        self.receipts = MemoryReceipts(self._state)
        self.inboxes = MemoryInboxes(self._state)
        self.keystore = MemoryKeystore(self._state)
        self.sessions = MemorySessions(self._state)
        self.audits = MemoryAudits(self._state)
        self.feed = MemoryFeed(self._state)
        self.announcements = MemoryAnnouncements(self._state)
        self.followers = MemoryFollowers(self._state)
        self.subscriptions = MemorySubscriptions(self._state)
        self.tickets = MemoryTickets(self._state)
        self.dayplans = MemoryDayPlans(self._state)
        self.firms = MemoryFirms(self._state)
        self.api_keys = MemoryApiKeys(self._state)
        self.webhooks = MemoryWebhooks(self._state)
        self.deliveries = MemoryDeliveries(self._state)
        self.bookmarks = MemoryBookmarks(self._state)
        self.tallies = MemoryTallies(self._state)
        self.snapshots = MemorySnapshots(self._state)

    @property
    def events(self) -> Sequence[Event]:
        """The newest events that were committed, in the order of the commits."""
        with self._state.lock:
            return tuple(self._state.log.events)

    def ports(self) -> Store:
        """The store as the use cases want it."""
        return Store(
            ledger=self.ledger,
            jobs=self.jobs,
            users=self.users,
            calendars=self.calendars,
            receipts=self.receipts,
            inboxes=self.inboxes,
            keystore=self.keystore,
            sessions=self.sessions,
            audits=self.audits,
            feed=self.feed,
            announcements=self.announcements,
            followers=self.followers,
            subscriptions=self.subscriptions,
            tickets=self.tickets,
            dayplans=self.dayplans,
            firms=self.firms,
            api_keys=self.api_keys,
            webhooks=self.webhooks,
            deliveries=self.deliveries,
            bookmarks=self.bookmarks,
            tallies=self.tallies,
            snapshots=self.snapshots,
        )

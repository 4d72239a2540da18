"""What is remembered, and the one lock around it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hosanna_adapters.memory.feed import Log
from hosanna_adapters.memory.sessions import Doors
from hosanna_adapters.memory.shelves import Shelves
from hosanna_adapters.memory.tallies import Counts
from hosanna_adapters.memory.trail import Trail
from hosanna_core.model.firm import Firm

if TYPE_CHECKING:
    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.api_key import ApiKey
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.dayplan import DayPlan
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, JobId, Millis, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import User
    from hosanna_core.model.push import PushSubscription
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.model.webhook import Delivery, Webhook


class State:
    """Plain containers of frozen values: nothing is ever copied, whoever reads gets what was stored.

    A single look-up needs no lock; whoever looks at two things, or writes, holds it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.jobs: dict[JobId, Job] = {}
        self.histories: dict[JobId, list[Entry]] = {}
        self.shelves = Shelves()
        self.words: dict[JobId, frozenset[str]] = {}
        """Split when a search first looks at the job, forgotten when its text changes."""
        self.bodies: dict[JobId, bytes] = {}
        """Rendered when a list first shows the job, forgotten when it changes."""
        self.customers: dict[bytes, set[JobId]] = {}
        """The jobs that carry each customer key."""
        self.numbers = 1
        """The job number that is given next."""
        self.users: dict[UserId, User] = {}
        self.emails: dict[str, UserId] = {}
        self.administrators: set[UserId] = set()
        self.calendars: dict[UserId, Calendar] = {}
        self.claims: set[tuple[str, str]] = set()
        self.receipts: dict[str, Receipt] = {}
        """In the order of writing: the oldest are dropped from the front."""
        self.inboxes: dict[UserId, dict[Id, Notice]] = {}
        self.log = Log(self.lock)
        self.announcements: dict[Id, Announcement] = {}
        self.dayplans: dict[Id, DayPlan] = {}
        self.firm = Firm()
        self.api_keys: dict[Id, ApiKey] = {}
        self.webhooks: dict[Id, Webhook] = {}
        self.deliveries: dict[Id, Delivery] = {}
        self.read_to: Cursor | None = None
        self.readers: dict[str, tuple[Id, Millis]] = {}
        """Who reads for each reader of the feed, and until when."""
        self.bookmarks: dict[str, Cursor] = {}
        self.followers: dict[JobId, set[UserId]] = {}
        self.subscriptions: dict[Id, PushSubscription] = {}
        self.tickets: dict[Id, Millis] = {}
        """Until when each that was used is remembered, in the order of use."""
        self.doors = Doors()
        self.trail = Trail()
        self.counts = Counts()
        self.secret: bytes | None = None
        self.mark: bytes | None = None

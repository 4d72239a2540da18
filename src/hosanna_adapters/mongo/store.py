"""The MongoDB store, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pymongo
from pymongo import MongoClient
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from hosanna_adapters.mongo import at_rest, patience, schema
from hosanna_adapters.mongo.archive import Archive
from hosanna_adapters.mongo.audits import MongoAudits
from hosanna_adapters.mongo.bookmarks import MongoBookmarks
from hosanna_adapters.mongo.calendars import MongoCalendars
from hosanna_adapters.mongo.callers import KEPT
from hosanna_adapters.mongo.commit import MongoLedger
from hosanna_adapters.mongo.counting import count_older
from hosanna_adapters.mongo.dayplans import MongoDayPlans
from hosanna_adapters.mongo.deliveries import MongoDeliveries
from hosanna_adapters.mongo.feed import MongoFeed, UnfollowedFeed
from hosanna_adapters.mongo.firms import MongoFirms
from hosanna_adapters.mongo.inboxes import MongoInboxes
from hosanna_adapters.mongo.integrations import MongoApiKeys, MongoWebhooks
from hosanna_adapters.mongo.jobs import MongoJobs
from hosanna_adapters.mongo.keystore import MongoKeystore
from hosanna_adapters.mongo.loading import is_unfinished
from hosanna_adapters.mongo.receipts import MongoReceipts
from hosanna_adapters.mongo.reencryption import MongoReencryption
from hosanna_adapters.mongo.sessions import MongoSessions
from hosanna_adapters.mongo.snapshots import MongoSnapshots
from hosanna_adapters.mongo.tallies import MongoTallies
from hosanna_adapters.mongo.telling import (
    MongoAnnouncements,
    MongoFollowers,
    MongoSubscriptions,
    MongoTickets,
)
from hosanna_adapters.mongo.units import DURABLE, OneLock, Transactions
from hosanna_adapters.mongo.users import MongoUsers
from hosanna_core.errors import HosannaError, RestoreUnfinished
from hosanna_core.ports import Store

if TYPE_CHECKING:
    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.ports import Encryption


class Standalone(HosannaError):
    """The server is no member of a replica set, and so has no transactions."""

    code = "standalone"

    def __init__(self) -> None:
        super().__init__(
            "This MongoDB server is a standalone, which has no transactions. Make it a replica set of one node:\n"
            "  mongod --replSet rs0 --bind_ip localhost   (start it again so, with its own --dbpath)\n"
            "  mongosh --eval 'rs.initiate()'"
        )


class MongoStore:
    """All ports of a store over one database of a replica set or a sharded cluster.

    Any number of processes may share it. With *transactions* False (mongomock) changes happen under one lock instead.
    With *encryption* personal values are stored encrypted; who is *converting* opens a store that is not so yet, who is
    *restoring* one into which a restore was cut short, which else raises RestoreUnfinished.
    *callers_kept* is for how many seconds it is kept who is calling, and how long each change of a user takes the
    longer for it: the same in all processes that share the database, as `open` sees to.
    Raises SchemaTooNew for a database that a newer Hosanna prepared, EncryptionMismatch for one that is encrypted and
    opened without keys, or the other way round, and Undecipherable for one under other keys.
    """

    def __init__(
        self,
        database: Database[Document],
        *,
        transactions: bool = True,
        encryption: Encryption | None = None,
        converting: bool = False,
        restoring: bool = False,
        callers_kept: float = 0.0,
    ) -> None:
        self._client = database.client
        if transactions:
            # From the primary: whoever reads after a commit sees it. By the majority: what was seen stays true.
            database = database.with_options(
                read_preference=ReadPreference.PRIMARY,
                read_concern=ReadConcern("majority"),
                write_concern=DURABLE,
            )
        with patience.in_time(), pymongo.timeout(patience.BUILD):
            schema.prepare(database, lambda new: at_rest.settle_mark(database, encryption, new=new))
            if not restoring and is_unfinished(database):
                raise RestoreUnfinished
            veil = at_rest.veil_of(database, encryption, converting=converting)
        self._database = database
        units = Transactions(database) if transactions else OneLock(database)
        archive = Archive(database, veil, bulk=transactions)
        if not restoring:
            with patience.in_time():
                count_older(archive, units)
        self.users = MongoUsers(archive, callers_kept)
        self.ledger = MongoLedger(archive, units, self.users.callers)
        self.jobs = MongoJobs(archive)
        self.calendars = MongoCalendars(archive)
        self.receipts = MongoReceipts(archive, self.users.callers)
        self.inboxes = MongoInboxes(archive, units)
        self.keystore = MongoKeystore(archive)
        self.sessions = MongoSessions(archive)
        self.audits = MongoAudits(archive)
        with patience.in_time():
            self.feed = MongoFeed(database) if transactions else UnfollowedFeed(database)
        self.announcements = MongoAnnouncements(archive)
        self.followers = MongoFollowers(archive)
        self.subscriptions = MongoSubscriptions(archive, units)
        self.tickets = MongoTickets(archive)
        self.dayplans = MongoDayPlans(archive)
        self.firms = MongoFirms(archive)
        self.api_keys = MongoApiKeys(archive)
        self.webhooks = MongoWebhooks(archive)
        self.deliveries = MongoDeliveries(archive, units)
        self.bookmarks = MongoBookmarks(archive)
        self.tallies = MongoTallies(archive, units)
        self.snapshots = MongoSnapshots(archive, units, self.feed)

    @classmethod
    def open(
        cls,
        uri: str,
        *,
        database: str | None = None,
        encryption: Encryption | None = None,
        converting: bool = False,
        restoring: bool = False,
    ) -> MongoStore:
        """Connect to *uri*; the database is *database*, or the one that the URI names, or "hosanna".

        Raises Standalone, Busy if no server answers within two seconds, and what making a store of it raises.
        """
        client: MongoClient[dict[str, Any]] = MongoClient(
            uri,
            appname="hosanna",
            timeoutMS=_millis(patience.OPERATION),
            connectTimeoutMS=_millis(patience.FIND_A_SERVER),
            serverSelectionTimeoutMS=_millis(patience.OPERATION),  # of what the driver does by itself
        )
        try:
            with patience.in_time(), pymongo.timeout(patience.FIND_A_SERVER):
                _refuse_a_standalone(client)
            return cls(
                client[database] if database else client.get_default_database("hosanna"),
                encryption=encryption,
                converting=converting,
                restoring=restoring,
                callers_kept=KEPT,
            )
        except BaseException:
            client.close()
            raise

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

    def reencryption(self, encryption: Encryption) -> MongoReencryption:
        """What brings all of the store under the first key of *encryption*."""
        return MongoReencryption(self._database, encryption)

    def close(self) -> None:
        """Give the connections back."""
        self.feed.close()
        with patience.farewell():
            self._client.close()


def _millis(seconds: float) -> int:
    return int(seconds * 1000)


def _refuse_a_standalone(client: MongoClient[dict[str, Any]]) -> None:
    hello = client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise Standalone

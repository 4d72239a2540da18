"""A database as a whole: copied out of one transaction, and loaded in many writes under a mark.

All is read at one instant, in a transaction with the read concern "snapshot", page by page. A server gives such a
transaction up after `transactionLifetimeLimitSeconds` (60 where nobody has set it): a database that takes longer to
read is refused in words that say so, and the parameter can be set while the server runs.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pymongo
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo.dayplans import plan_of
from hosanna_adapters.mongo.documents import (
    announcement_of,
    audit_of,
    calendar_of,
    entry_of,
    head_of,
    job_of,
    notice_of,
    session_of,
    subscription_of,
    user_of,
)
from hosanna_adapters.mongo.firms import firm_of
from hosanna_adapters.mongo.integrations import api_key_of, webhook_of
from hosanna_adapters.mongo.keystore import MARK_SLOT, SECRET_SLOT
from hosanna_adapters.mongo.loading import demand_empty, load_all
from hosanna_adapters.mongo.numbers import JOB_NUMBERS
from hosanna_adapters.mongo.patience import in_time, transient
from hosanna_adapters.mongo.receipts import receipt_of
from hosanna_adapters.mongo.units import OneLock, Transactions
from hosanna_adapters.mongo.users import ADMINISTRATORS
from hosanna_core.errors import SnapshotLost
from hosanna_core.model.change import Claim
from hosanna_core.model.snapshot import Administrator, Following, Keys, Numbering, Record, WholeJob
from hosanna_core.model.webhook import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pymongo.client_session import ClientSession

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.feed import MongoFeed, UnfollowedFeed
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Units
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.model.entry import Entry

TABLES: Final[Mapping[str, str]] = {
    "job": schema.JOBS,
    "claim": schema.CLAIMS,
    "calendar": schema.CALENDARS,
    "following": schema.FOLLOWERS,
    "notice": schema.NOTICES,
    "announcement": schema.ANNOUNCEMENTS,
    "day_plan": schema.DAY_PLANS,
    "settings": schema.FIRMS,
    "api_key": schema.API_KEYS,
    "webhook": schema.WEBHOOKS,
    "delivery": schema.DELIVERIES,
    "subscription": schema.SUBSCRIPTIONS,
    "receipt": schema.RECEIPTS,
    "audit_entry": schema.AUDIT,
    "audit_head": schema.HEADS,
    "session": schema.SESSIONS,
    "user": schema.USERS,
}
"""Where the values of each kind lie, one a document; keys, numbering and Administrators lie elsewhere."""
_PAGE: Final = 500
"""Documents that are read at once."""
_PAGE_IN: Final = 30.0
"""Seconds for one page."""
_NO_JOB_BODY: Final = {"words": 0, "body": 0, "change": 0}
_NO_CHANGE: Final = {"change": 0}
_delivery_from = msgspec.msgpack.Decoder(Delivery).decode
_ONE_DOCUMENT: Final[Mapping[str, Callable[[Veil, Document], Record]]] = {
    schema.CLAIMS: lambda _, document: Claim(*document["_id"].split("|", 1)),
    schema.CALENDARS: calendar_of,
    schema.FOLLOWERS: lambda _, document: Following(*document["_id"].split("|", 1)),
    schema.NOTICES: lambda _, document: notice_of(document),
    schema.ANNOUNCEMENTS: announcement_of,
    schema.DAY_PLANS: plan_of,
    schema.FIRMS: firm_of,
    schema.API_KEYS: api_key_of,
    schema.WEBHOOKS: webhook_of,
    schema.DELIVERIES: lambda _, document: _delivery_from(document["doc"]),
    schema.SUBSCRIPTIONS: subscription_of,
    schema.RECEIPTS: lambda _, document: receipt_of(document),
    schema.AUDIT: audit_of,
    schema.HEADS: lambda _, document: head_of(document),
    schema.SESSIONS: session_of,
}
"""Collections of which a document is a value, in the order of a snapshot."""


class MongoSnapshots:
    """`Snapshots` on MongoDB."""

    def __init__(self, archive: Archive, units: Units, feed: MongoFeed | UnfollowedFeed) -> None:
        self._archive = archive
        self._units = units
        self._feed = feed

    @in_time()
    def census(self) -> Mapping[str, int]:
        counts = {kind: self._archive[name].count_documents({}) for kind, name in TABLES.items()}
        guard = self._archive[schema.GUARDS].find_one({"_id": ADMINISTRATORS}) or {}
        return {"keys": 1, "numbering": 1, **counts, "administrator": len(guard.get("members", ()))}

    def dump(self) -> Iterator[Record]:
        if isinstance(self._units, OneLock):
            with self._units.held():
                records = list(Reading(self._archive, None).records())
            yield from records
        elif isinstance(self._units, Transactions):
            yield from self._at_one_instant()

    def _at_one_instant(self) -> Iterator[Record]:
        with in_time(), self._archive.database.client.start_session() as session:
            session.start_transaction(ReadConcern("snapshot"), read_preference=ReadPreference.PRIMARY)
            begun = False
            try:
                for record in Reading(self._archive, session).records():
                    yield record
                    begun = True
            except PyMongoError as error:
                if begun and transient(error):
                    raise SnapshotLost(_TOO_LONG) from error
                raise

    @in_time()
    def demand_empty(self) -> None:
        demand_empty(self._archive)

    def load(self, records: Iterable[Record]) -> None:
        load_all(self._archive, records)
        self._feed.begin_anew()


_TOO_LONG: Final = (
    "MongoDB gave the reading up before all was read: it took longer than transactionLifetimeLimitSeconds allows. "
    "Raise that for the time of the backup: db.adminCommand({setParameter: 1, transactionLifetimeLimitSeconds: 1800})."
)


class Reading:
    """The documents of a database, in pages, all of one session."""

    def __init__(self, archive: Archive, session: ClientSession | None) -> None:
        self._archive = archive
        self._session = session

    def records(self) -> Iterator[Record]:
        """Every value, in the order of a snapshot."""
        veil = self._archive.veil
        yield self._keys()
        counter = self._one(schema.COUNTERS, JOB_NUMBERS)
        yield Numbering(1 + (0 if counter is None else int(counter["last"])))
        yield from self._jobs()
        for name, value_of in _ONE_DOCUMENT.items():
            yield from (value_of(veil, document) for document in self._documents(name, _NO_CHANGE))
        guard = self._one(schema.GUARDS, ADMINISTRATORS) or {}
        yield from (Administrator(member) for member in guard.get("members", ()))
        yield from (user_of(veil, document) for document in self._documents(schema.USERS, _NO_CHANGE))

    def _keys(self) -> Keys:
        secret, mark = (self._one(schema.META, slot["_id"]) for slot in (SECRET_SLOT, MARK_SLOT))
        return Keys(
            wrapped=None if secret is None else secret["wrapped"],
            mark=None if mark is None else mark["wrapped"],
        )

    def _jobs(self) -> Iterator[WholeJob]:
        """Jobs and the older parts of their histories, two walks side by side in the order of the jobs' ids."""
        veil = self._archive.veil
        older = groupby(
            self._documents(schema.SEGMENTS, None), lambda segment: segment["_id"].partition("|")[0]
        )
        ahead = next(older, None)
        for document in self._documents(schema.JOBS, _NO_JOB_BODY):
            job_id, entries = document["_id"], list(document.get("history", ()))
            while ahead is not None and ahead[0] < job_id:
                ahead = next(older, None)
            if ahead is not None and ahead[0] == job_id:
                entries = [entry for segment in ahead[1] for entry in segment["entries"]] + entries
                ahead = next(older, None)
            history: tuple[Entry, ...] = tuple(entry_of(veil, job_id, entry) for entry in entries)
            yield WholeJob(job_of(veil, document), history)

    def _one(self, name: str, document_id: Any) -> Document | None:
        with pymongo.timeout(_PAGE_IN):
            return self._archive[name].find_one({"_id": document_id}, session=self._session)

    def _documents(self, name: str, fields: Document | None) -> Iterator[Document]:
        wanted: Document = {}
        while True:
            found = self._archive[name].find(wanted, fields, session=self._session).sort("_id", 1)
            with pymongo.timeout(_PAGE_IN):
                page = list(found.limit(_PAGE))
            yield from page
            if len(page) < _PAGE:
                return
            wanted = {"_id": {"$gt": page[-1]["_id"]}}

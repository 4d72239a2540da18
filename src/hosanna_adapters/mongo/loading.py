"""Loading a whole store into an empty database: in many writes, under a mark that is there until all is done.

As long as the mark is there the store opens for nothing but another load, which begins anew. The users come last:
a server that had the empty store open lets nobody in before everything is there.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import pymongo
from pymongo.errors import BulkWriteError, DuplicateKeyError

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo.counting import add_tallies, loaded
from hosanna_adapters.mongo.dayplans import plan_fields
from hosanna_adapters.mongo.deliveries import delivery_fields
from hosanna_adapters.mongo.documents import (
    announcement_fields,
    audit_document,
    calendar_document,
    claim_document,
    entry_document,
    head_document,
    job_fields,
    notice_fields,
    receipt_fields,
    session_fields,
    subscription_document,
    user_fields,
)
from hosanna_adapters.mongo.firms import firm_fields
from hosanna_adapters.mongo.history import IN_THE_ROOT, MOVED_AT_ONCE
from hosanna_adapters.mongo.integrations import integration_fields
from hosanna_adapters.mongo.keystore import MARK_SLOT, SECRET_SLOT
from hosanna_adapters.mongo.numbers import JOB_NUMBERS
from hosanna_adapters.mongo.patience import farewell, in_time, only_duplicates
from hosanna_adapters.mongo.units import ALONE
from hosanna_adapters.mongo.users import ADMINISTRATORS
from hosanna_core.errors import NotEmpty, RestoreUnderWay
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditEntry, Head
from hosanna_core.model.change import Claim, Receipt
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
from hosanna_core.model.snapshot import Administrator, Following, Keys, Numbering, Record, WholeJob
from hosanna_core.model.webhook import Delivery, Webhook
from hosanna_core.rules.tallies import account_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pymongo.database import Database

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.model.tally import Tally

RESTORING: Final = "restoring"
"""The document of `meta` that is there while a load is on its way, and after one that was cut short."""
_ALIVE_FOR: Final = timedelta(seconds=60)
"""Whoever loads says so again within this time."""
_AT_ONCE: Final = 500
_COUNTED_AT_ONCE: Final = 200_000
"""Tallies that are kept together: of jobs of the same time many are the same."""
_TALLIES_AT_ONCE: Final = 10_000
_IN: Final = 60.0
"""Seconds for one write of many."""
_STAY: Final = frozenset({schema.META, schema.COUNTERS})


def load_all(archive: Archive, records: Iterable[Record]) -> None:
    """Put *records* into an empty database, and begin a new epoch.

    Raises NotEmpty, RestoreUnderWay, Busy, and what *records* raises.
    """
    mark = secrets.token_hex(8)
    with in_time():
        _begin(archive, mark)
        loading = Loading(archive, mark)
        try:
            for record in records:
                loading.put(record)
            loading.finish()
        except BaseException:
            loading.give_up()
            raise


def is_unfinished(database: Database[Document]) -> bool:
    """Whether a load is on its way, or was cut short."""
    return database[schema.META].find_one({"_id": RESTORING}) is not None


def demand_empty(archive: Archive) -> None:
    """Raises NotEmpty unless there is nothing, or what a load that was cut short has left."""
    cut_short = is_unfinished(archive.database)
    if not cut_short and any(archive[each].find_one({}, {"_id": 1}) for each in (schema.JOBS, schema.USERS)):
        raise NotEmpty


def _begin(archive: Archive, mark: str) -> None:
    meta = archive[schema.META]
    demand_empty(archive)
    try:
        if meta.find_one({"_id": RESTORING}) is None:
            meta.insert_one({"_id": RESTORING, "mark": mark, "at": datetime.now(UTC)})
        elif not meta.update_one(
            {"_id": RESTORING, "at": {"$lt": datetime.now(UTC) - _ALIVE_FOR}},
            {"$set": {"mark": mark, "at": datetime.now(UTC)}},
        ).matched_count:
            raise RestoreUnderWay
    except DuplicateKeyError:
        raise RestoreUnderWay from None
    with pymongo.timeout(_IN):
        for name in schema.COLLECTIONS:
            if name not in _STAY:
                archive[name].delete_many({})


class Loading:
    """Documents on their way into their collections, many at once."""

    def __init__(self, archive: Archive, mark: str) -> None:
        self._archive = archive
        self._veil = archive.veil
        self._mark = mark
        self._documents: dict[str, list[Document]] = defaultdict(list)
        self._administrators: list[str] = []
        self._waiting = 0
        self._tallies: Counter[Tally] = Counter()

    def put(self, record: Record) -> None:
        """Take a record, and write what has come together."""
        kind = type(record)
        if kind in _DOCUMENT_OF:
            name, document_of = _DOCUMENT_OF[kind]
            self._documents[name].append(document_of(self._veil, record))
        elif isinstance(record, WholeJob):
            self._put_job(record)
        elif isinstance(record, Keys):
            self._put_keys(record)
        elif isinstance(record, Numbering):
            last = {"$set": {"last": record.next - 1}}
            self._archive[schema.COUNTERS].update_one({"_id": JOB_NUMBERS}, last, upsert=True)
        elif isinstance(record, Administrator):
            self._administrators.append(record.user_id)
        else:
            raise TypeError(f"the MongoDB store keeps no {kind.__name__}")
        self._waiting += 1
        if self._waiting == _AT_ONCE:
            self._write()

    def finish(self) -> None:
        """Write what is left, begin a new epoch, and take the mark away."""
        self._write()
        self._count()
        guard = {"$set": {"members": self._administrators}}
        self._archive[schema.GUARDS].update_one({"_id": ADMINISTRATORS}, guard, upsert=True)
        meta = self._archive[schema.META]
        meta.delete_many({"_id": {"$regex": "^(webhooks|bookmarks)\\."}})
        meta.update_one({"_id": "epoch"}, {"$set": {"value": secrets.token_bytes(schema.EPOCH_BYTES)}})
        meta.delete_one({"_id": RESTORING, "mark": self._mark})

    def give_up(self) -> None:
        """Let another load begin at once."""
        given_up = {"$set": {"at": datetime.fromtimestamp(0, UTC)}}
        with farewell():
            self._archive[schema.META].update_one({"_id": RESTORING, "mark": self._mark}, given_up)

    def _write(self) -> None:
        """Write all that was taken, once it is sure that nobody else has taken over."""
        ours = {"_id": RESTORING, "mark": self._mark}
        still = {"$set": {"at": datetime.now(UTC)}}
        if not self._archive[schema.META].update_one(ours, still).matched_count:
            raise RestoreUnderWay
        try:
            with pymongo.timeout(_IN):
                for name, documents in self._documents.items():
                    self._archive[name].insert_many(documents)
        except BulkWriteError as error:
            if only_duplicates(error):  # of a load that was killed, the last that it sent came late
                raise RestoreUnderWay from None
            raise
        self._documents.clear()
        self._waiting = 0
        if len(self._tallies) > _COUNTED_AT_ONCE:
            self._count()

    def _count(self) -> None:
        """Write what was counted, some of it at a time."""
        counted = iter(self._tallies.items())
        while some := dict(islice(counted, _TALLIES_AT_ONCE)):
            with pymongo.timeout(_IN):
                add_tallies(self._archive, ALONE, some)
        self._tallies.clear()

    def _put_job(self, whole: WholeJob) -> None:
        job = whole.job
        entries = [entry_document(self._veil, job.id, entry) for entry in whole.history]
        # As many segments as there would be if it had grown here.
        while len(entries) > IN_THE_ROOT:
            oldest, entries = entries[:MOVED_AT_ONCE], entries[MOVED_AT_ONCE:]
            segment = {"_id": f"{job.id}|{oldest[0]['version']:06d}", "entries": oldest}
            self._documents[schema.SEGMENTS].append(segment)
        account = account_from(whole.history)
        for tally, count in account.tallies.items():
            self._tallies[tally] += count
        document = {"_id": job.id, **job_fields(self._veil, job), "history": entries, **loaded(account)}
        self._documents[schema.JOBS].append(document)

    def _put_keys(self, keys: Keys) -> None:
        meta = self._archive[schema.META]
        for slot, held in ((SECRET_SLOT, keys.wrapped), (MARK_SLOT, keys.mark)):
            if held is None:
                meta.delete_one(slot)
            else:
                meta.update_one(slot, {"$set": {"wrapped": held}}, upsert=True)


def _rooted(
    name: str, fields_of: Callable[[Veil, Any], Document]
) -> tuple[str, Callable[[Veil, Any], Document]]:
    return name, lambda veil, root: {"_id": root.id, **fields_of(veil, root)}


def _receipt_document(_: Veil, receipt: Receipt) -> Document:
    return {"_id": receipt.key, **receipt_fields(receipt), "written": datetime.now(UTC)}


_DOCUMENT_OF: Final[Mapping[type[Record], tuple[str, Callable[[Veil, Any], Document]]]] = {
    Claim: (schema.CLAIMS, lambda _, claim: claim_document(claim, "")),
    Calendar: (schema.CALENDARS, calendar_document),
    Following: (
        schema.FOLLOWERS,
        lambda _, each: {"_id": f"{each.job_id}|{each.user_id}", "user_id": each.user_id},
    ),
    Notice: _rooted(schema.NOTICES, lambda _, notice: notice_fields(notice)),
    Announcement: _rooted(schema.ANNOUNCEMENTS, announcement_fields),
    DayPlan: _rooted(schema.DAY_PLANS, plan_fields),
    Firm: _rooted(schema.FIRMS, firm_fields),
    ApiKey: _rooted(schema.API_KEYS, integration_fields),
    Webhook: _rooted(schema.WEBHOOKS, integration_fields),
    Delivery: _rooted(schema.DELIVERIES, lambda _, delivery: delivery_fields(delivery)),
    PushSubscription: (schema.SUBSCRIPTIONS, subscription_document),
    Receipt: (schema.RECEIPTS, _receipt_document),
    AuditEntry: (schema.AUDIT, audit_document),
    Head: (schema.HEADS, lambda _, head: head_document(head)),
    Session: _rooted(schema.SESSIONS, session_fields),
    User: _rooted(schema.USERS, user_fields),
}
"""The collection of each kind that is one document, and what is stored of it; nothing of it is told to the feed."""

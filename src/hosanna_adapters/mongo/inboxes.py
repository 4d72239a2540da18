"""The inboxes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.ageing import forget
from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import notice_document, notice_of, reading_fields, waiting_fields
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.receipts import keep_version, write_receipt
from hosanna_adapters.mongo.schema import DUE, NOTICES, UNREAD
from hosanna_adapters.mongo.units import ALONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.notice import Notice

AT_ONCE: Final = 500
"""How many notices are marked as read in one operation."""
_A_NOTICE: Final = {"change": 0, "taken": 0}
_MARK_BYTES: Final = 12


class MongoInboxes:
    """The inboxes of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._notices = archive[NOTICES]
        self._units = units

    @in_time()
    def notify(self, notice: Notice) -> None:
        self._units.run(lambda unit: write_notices(self._archive, unit, (notice,)))

    @in_time()
    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        below: Document = {} if after is None else {"_id": {"$lt": after}}
        newest = self._notices.find({"user_id": user_id, **below}, _A_NOTICE).sort("_id", -1)
        return [notice_of(document) for document in at_once(newest, limit)]

    @in_time()
    def get(self, user_id: UserId, notice_id: Id) -> Notice | None:
        document = self._notices.find_one({"_id": notice_id, "user_id": user_id}, _A_NOTICE)
        return None if document is None else notice_of(document)

    @in_time()
    def get_many(self, wanted: Sequence[tuple[UserId, Id]]) -> Mapping[Id, Notice]:
        ids = [notice_id for _, notice_id in wanted]
        found = at_once(self._notices.find({"_id": {"$in": ids}}, _A_NOTICE), len(ids)) if ids else ()
        notices, theirs = map(notice_of, found), frozenset(wanted)
        return {each.id: each for each in notices if (each.user_id, each.id) in theirs}

    @in_time()
    def unread(self, user_id: UserId, now: Millis) -> int:
        return self._notices.count_documents({**_unread(user_id), **_shown(now)}, hint=UNREAD)

    @in_time()
    def unread_of(self, user_ids: Sequence[UserId], now: Millis) -> Mapping[UserId, int]:
        theirs = {**_unread({"$in": list(user_ids)}), **_shown(now)}
        counted = [{"$match": theirs}, {"$group": {"_id": "$user_id", "unread": {"$sum": 1}}}]
        # One more than there can be: so the first answer is known to be all.
        most = len(user_ids) + 1
        found = self._notices.aggregate(counted, hint=UNREAD, batchSize=most) if user_ids else ()
        return dict.fromkeys(user_ids, 0) | {each["_id"]: each["unread"] for each in found}

    @in_time()
    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        reading = {"$set": reading_fields(user_id, notice_id, at)}
        if self._notices.update_one({"_id": notice_id, **_unread(user_id)}, reading).matched_count:
            return True
        return self._notices.find_one({"_id": notice_id, "user_id": user_id}, {"_id": 1}) is not None

    @in_time()
    def mark_all_read(self, user_id: UserId, at: Millis, receipt: Receipt | None = None) -> int:
        if receipt is None:
            return self._mark_all(ALONE, user_id, at)
        marked: list[int] = []

        def writes(unit: Unit) -> None:
            # It comes first, to collide with the same request at once, and is written again with what came of it.
            write_receipt(self._archive, unit, receipt)
            unit.touch_all(NOTICES, _unread(user_id))
            marked.append(self._mark_all(unit, user_id, at))
            keep_version(self._archive, unit, receipt, marked[-1])

        self._units.run(writes)
        return marked[-1]

    def _mark_all(self, unit: Unit, user_id: UserId, at: Millis) -> int:
        marked, last = 0, ""
        while True:
            behind = {**_unread(user_id), "_id": {"$gt": last}}
            found = self._notices.find(behind, {"_id": 1}, session=unit.session)
            in_order = found.hint(UNREAD).sort("_id", 1)
            ids: list[Id] = [each["_id"] for each in at_once(in_order, AT_ONCE)]
            reading = [
                ({"_id": each, **_unread(user_id)}, {"$set": reading_fields(user_id, each, at)})
                for each in ids
            ]
            marked += self._archive.update_each(NOTICES, reading, session=unit.session)
            if len(ids) < AT_ONCE:
                return marked
            last = ids[-1]

    @in_time()
    def take_due(self, now: Millis, until: Millis, limit: int) -> Sequence[Notice]:
        due = {"due_at": {"$gte": 0, "$lte": now}}
        while True:
            in_order = self._notices.find(due, _A_NOTICE).hint(DUE).sort([("due_at", 1), ("_id", 1)])
            found = [notice_of(document) for document in at_once(in_order, limit)]
            mine = self._marked([notice.id for notice in found], due, until) if found else frozenset()
            # Where others were quicker with all of these, more may be due.
            if mine or not found:
                return [notice for notice in found if notice.id in mine]

    def _marked(self, ids: Sequence[Id], due: Document, until: Millis) -> frozenset[Id]:
        """Those of these notices that nobody else has taken meanwhile: they bear a mark of our own."""
        mark, wanted = secrets.token_bytes(_MARK_BYTES), {"_id": {"$in": list(ids)}}
        self._notices.update_many({**wanted, **due}, {"$set": {"due_at": until, "taken": mark}})
        return frozenset(each["_id"] for each in self._notices.find({**wanted, "taken": mark}, {"_id": 1}))

    @in_time()
    def sweep(self, read_before: Millis, made_before: Millis, limit: int) -> int:
        done: Document = {"due_at": None}
        read = forget(self._notices, {"read_at": {"$gte": 0, "$lt": read_before}, **done}, limit)
        never = {"read_at": None, "created_at": {"$lt": made_before}, **done}
        return read + (forget(self._notices, never, limit - read) if read < limit else 0)

    @in_time()
    def settle(self, notice: Notice) -> None:
        theirs = {"_id": notice.id, "user_id": notice.user_id}
        self._notices.update_one(theirs, {"$set": waiting_fields(notice)})


def _unread(user_id: UserId | Document) -> Document:
    return {"user_id": user_id, "read_at": None}


def _shown(now: Millis) -> Document:
    return {"$or": [{"expires_at": None}, {"expires_at": {"$gt": now}}]}


def write_notices(archive: Archive, unit: Unit, notices: Sequence[Notice]) -> None:
    """Put each notice into its inbox, unless it is there."""
    documents = [notice_document(notice) for notice in notices]
    for document in documents:
        unit.touch(NOTICES, document["_id"])
    put = [({"_id": document.pop("_id")}, {"$setOnInsert": document}) for document in documents]
    archive.update_each(NOTICES, put, upsert=True, session=unit.session)

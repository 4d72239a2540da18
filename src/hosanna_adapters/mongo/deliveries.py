"""What is told to webhooks: a queue and a log in one collection, and who works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.ageing import forget
from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import DELIVERIES, META, WAITING
from hosanna_adapters.mongo.units import Disturbed
from hosanna_core.model.webhook import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis

_delivery_from = msgspec.msgpack.Decoder(Delivery).decode
_PLACE: Final = "webhooks.place"
_DUE: Final = "due_at"


class MongoDeliveries:
    """`Deliveries` on MongoDB. They hold ids and names of kinds alone, and so are not encrypted."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._deliveries = archive[DELIVERIES]
        self._meta = archive[META]
        self._units = units

    @in_time()
    def place(self) -> Cursor | None:
        document = self._meta.find_one({"_id": _PLACE})
        return None if document is None else bytes(document["place"])

    @in_time()
    def queue(self, deliveries: Sequence[Delivery], was: Cursor | None, place: Cursor) -> bool:
        moved: list[bool] = []

        def writes(unit: Unit) -> None:
            moved.append(self._move(unit, was, place))
            if not moved[-1]:
                return
            for delivery in deliveries:
                unit.touch(DELIVERIES, delivery.id)
            kept = [({"_id": each.id}, {"$set": delivery_fields(each)}) for each in deliveries]
            self._archive.update_each(DELIVERIES, kept, upsert=True, session=unit.session)

        self._units.run(writes)
        return moved[-1]

    def _move(self, unit: Unit, was: Cursor | None, place: Cursor) -> bool:
        unit.touch(META, _PLACE)
        if was is not None:
            there = {"_id": _PLACE, "place": was}
            moving = {"$set": {"place": place}}
            return self._meta.update_one(there, moving, session=unit.session).matched_count == 1
        if self._meta.find_one({"_id": _PLACE}, session=unit.session) is not None:
            return False
        try:
            self._meta.insert_one({"_id": _PLACE, "place": place}, session=unit.session)
        except DuplicateKeyError:  # somebody else began at the same moment: it is looked at again
            raise Disturbed from None
        return True

    @in_time()
    def due(self, webhook_id: Id, now: Millis, limit: int) -> Sequence[Delivery]:
        theirs = {"webhook_id": webhook_id, _DUE: {"$gte": 0, "$lte": now}}
        in_order = at_once(self._deliveries.find(theirs).hint(WAITING).sort("_id", 1), limit)
        return [_delivery_from(each["doc"]) for each in in_order]

    @in_time()
    def with_due(self, now: Millis) -> Sequence[Id]:
        return sorted(self._deliveries.distinct("webhook_id", {_DUE: {"$gte": 0, "$lte": now}}))

    @in_time()
    def keep(self, delivery: Delivery) -> None:
        self._deliveries.update_one({"_id": delivery.id}, {"$set": delivery_fields(delivery)}, upsert=True)

    @in_time()
    def get(self, webhook_id: Id, delivery_id: Id) -> Delivery | None:
        document = self._deliveries.find_one({"_id": delivery_id, "webhook_id": webhook_id})
        return None if document is None else _delivery_from(document["doc"])

    @in_time()
    def of(self, webhook_id: Id, after: Id | None, limit: int) -> Sequence[Delivery]:
        theirs: Document = {"webhook_id": webhook_id}
        if after is not None:
            theirs["_id"] = {"$lt": after}
        found = at_once(self._deliveries.find(theirs).sort("_id", -1), limit)
        return [_delivery_from(each["doc"]) for each in found]

    @in_time()
    def drop(self, webhook_id: Id) -> None:
        self._deliveries.delete_many({"webhook_id": webhook_id})

    @in_time()
    def sweep(self, before: Millis, limit: int) -> int:
        return forget(self._deliveries, {"created_at": {"$lt": before}, _DUE: None}, limit)


def delivery_fields(delivery: Delivery) -> Document:
    """A delivery without its id."""
    return {
        "webhook_id": delivery.webhook_id,
        "created_at": delivery.created_at,
        _DUE: delivery.due_at,
        "doc": msgspec.msgpack.encode(delivery),
    }

"""Receipts of requests that carried an idempotency key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.documents import receipt_fields
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import RECEIPTS
from hosanna_core.errors import Replayed
from hosanna_core.model.change import Receipt
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.callers import Callers
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.ids import Millis, Version


class MongoReceipts:
    """The receipts of a `MongoStore`."""

    def __init__(self, archive: Archive, callers: Callers) -> None:
        self._callers = callers
        self._receipts = archive[RECEIPTS]

    def get(self, key: str, now: Millis) -> Receipt | None:
        receipt = self._get(key, now)
        if receipt is not None and receipt.subject.kind == "user":
            # Whoever asks again may ask before the first was answered.
            self._callers.outlive()
        return receipt

    @in_time()
    def _get(self, key: str, now: Millis) -> Receipt | None:
        document = self._receipts.find_one({"_id": key, "at": {"$gt": now - KEPT_FOR}})
        return None if document is None else receipt_of(document)


def receipt_of(document: Document) -> Receipt:
    """The receipt of a stored document."""
    return msgspec.convert({**document, "key": document["_id"]}, Receipt)


def write_receipt(archive: Archive, unit: Unit, receipt: Receipt) -> None:
    """Keep a receipt, in the place of one that is too old to count. Raises Replayed if one still counts.

    The upsert finds no old one where there is none, or where it still counts: then it collides with it.
    """
    unit.touch(RECEIPTS, receipt.key)
    too_old = {"_id": receipt.key, "at": {"$lte": receipt.at - KEPT_FOR}}
    kept = {"$set": receipt_fields(receipt), "$currentDate": {"written": True}}
    try:
        archive[RECEIPTS].update_one(too_old, kept, upsert=True, session=unit.session)
    except DuplicateKeyError:
        raise Replayed from None


def keep_version(archive: Archive, unit: Unit, receipt: Receipt, version: Version) -> None:
    """Note in a receipt that this unit has written what came of it."""
    archive[RECEIPTS].update_one({"_id": receipt.key}, {"$set": {"version": version}}, session=unit.session)

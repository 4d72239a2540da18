"""The slot of the store's secret."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import META

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document

SECRET_SLOT: Final = {"_id": "keystore"}
MARK_SLOT: Final = {"_id": "mark"}


class MongoKeystore:
    """The secret's slot of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._meta = archive[META]

    @in_time()
    def wrapped(self) -> bytes | None:
        return self._held(SECRET_SLOT)

    @in_time()
    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        return self._keep(SECRET_SLOT, wrapped, instead_of)

    @in_time()
    def mark(self) -> bytes | None:
        return self._held(MARK_SLOT)

    @in_time()
    def keep_mark(self, mark: bytes, instead_of: bytes | None) -> bytes:
        return self._keep(MARK_SLOT, mark, instead_of)

    def _held(self, slot: Document) -> bytes | None:
        document = self._meta.find_one(slot)
        return None if document is None else document["wrapped"]

    def _keep(self, slot: Document, value: bytes, instead_of: bytes | None) -> bytes:
        if instead_of is not None:
            self._meta.update_one({**slot, "wrapped": instead_of}, {"$set": {"wrapped": value}})
        with suppress(DuplicateKeyError):  # another process was quicker: its value it is
            self._meta.update_one(slot, {"$setOnInsert": {"wrapped": value}}, upsert=True)
        return self._held(slot) or value

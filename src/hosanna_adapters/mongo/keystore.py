"""The slot of the store's secret."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import META

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive

_SLOT: Final = {"_id": "keystore"}


class MongoKeystore:
    """The secret's slot of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._meta = archive[META]

    @in_time()
    def wrapped(self) -> bytes | None:
        document = self._meta.find_one(_SLOT)
        return None if document is None else document["wrapped"]

    @in_time()
    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        if instead_of is not None:
            self._meta.update_one({**_SLOT, "wrapped": instead_of}, {"$set": {"wrapped": wrapped}})
        with suppress(DuplicateKeyError):  # another process was quicker: its secret it is
            self._meta.update_one(_SLOT, {"$setOnInsert": {"wrapped": wrapped}}, upsert=True)
        return self.wrapped() or wrapped

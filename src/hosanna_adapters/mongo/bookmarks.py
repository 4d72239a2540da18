"""How far each reader of the feed has come: two of the store's own notes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import META

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis

_READER: Final = "bookmarks.reader:"
_PLACE: Final = "bookmarks.place:"


class MongoBookmarks:
    """`Bookmarks` on MongoDB."""

    def __init__(self, archive: Archive) -> None:
        self._meta = archive[META]

    @in_time()
    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        free = {"_id": _READER + reader, "$or": [{"holder": holder}, {"until": {"$lte": now}}]}
        try:
            self._meta.update_one(free, {"$set": {"holder": holder, "until": until}}, upsert=True)
        except DuplicateKeyError:  # it is there, and somebody else's
            return False
        return True

    @in_time()
    def place(self, reader: str) -> Cursor | None:
        document = self._meta.find_one({"_id": _PLACE + reader})
        return None if document is None else bytes(document["place"])

    @in_time()
    def move(self, reader: str, was: Cursor | None, place: Cursor) -> bool:
        if was is not None:
            there = {"_id": _PLACE + reader, "place": was}
            return self._meta.update_one(there, {"$set": {"place": place}}).matched_count == 1
        try:
            self._meta.insert_one({"_id": _PLACE + reader, "place": place})
        except DuplicateKeyError:  # it has begun already
            return False
        return True

"""The inboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_adapters.mongo.documents import notice_document, notice_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import NOTICES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.notice import Notice


class MongoInboxes:
    """The inboxes of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._notices = archive[NOTICES]
        self._units = units

    @in_time()
    def notify(self, notice: Notice) -> None:
        self._units.run(lambda unit: write_notice(self._archive, unit, notice))

    @in_time()
    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        below: Document = {} if after is None else {"_id": {"$lt": after}}
        found = self._notices.find({"user_id": user_id, **below}).sort("_id", -1).limit(limit)
        return [notice_of(document) for document in found]

    @in_time()
    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        theirs = {"_id": notice_id, "user_id": user_id}
        if self._notices.update_one({**theirs, "read_at": None}, {"$set": {"read_at": at}}).matched_count:
            return True
        return self._notices.find_one(theirs, {"_id": 1}) is not None


def write_notice(archive: Archive, unit: Unit, notice: Notice) -> None:
    """Put a notice into its inbox, unless it is there."""
    unit.touch(NOTICES, notice.id)
    document = notice_document(notice)
    archive[NOTICES].update_one(
        {"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True, session=unit.session
    )

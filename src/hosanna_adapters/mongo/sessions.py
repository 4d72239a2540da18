"""Sessions: the families of refresh tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import session_fields, session_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.session import Session, SessionId


class MongoSessions:
    """The sessions of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._sessions = archive[SESSIONS]

    @in_time()
    def get(self, session_id: SessionId) -> Session | None:
        document = self._sessions.find_one({"_id": session_id})
        return None if document is None else session_of(self._veil, document)

    @in_time()
    def of(self, user_id: UserId, limit: int) -> Sequence[Session]:
        going_on = {"user_id": user_id, "ended_at": None}
        return [
            session_of(self._veil, each)
            for each in at_once(self._sessions.find(going_on).sort("_id", -1), limit)
        ]

    @in_time()
    def all_of(self, user_id: UserId, after: SessionId | None, limit: int) -> Sequence[Session]:
        theirs: Document = {"user_id": user_id}
        if after is not None:
            theirs["_id"] = {"$lt": after}
        found = at_once(self._sessions.find(theirs).sort("_id", -1), limit)
        return [session_of(self._veil, each) for each in found]

    @in_time()
    def known(self, user_id: UserId, address_key: bytes) -> bool:
        from_there = {"user_id": user_id, "address_key": address_key}
        return self._sessions.find_one(from_there, {"_id": 1}) is not None


def open_session(archive: Archive, unit: Unit, session: Session) -> None:
    """Store a new session."""
    unit.touch(SESSIONS, session.id)
    document = {"_id": session.id, **session_fields(archive.veil, session)}
    archive[SESSIONS].insert_one(document, session=unit.session)


def end_sessions(
    archive: Archive, unit: Unit, user_id: UserId, session_ids: Sequence[SessionId], at: Millis
) -> None:
    """End those of a user's sessions that go on; nothing is left that any token could fit."""
    going_on = {"_id": {"$in": list(session_ids)}, "user_id": user_id, "ended_at": None}
    ended = {"ended_at": at, "token_hash": b"", "spent": []}
    unit.touch_all(SESSIONS, going_on)
    archive[SESSIONS].update_many(going_on, {"$set": ended}, session=unit.session)

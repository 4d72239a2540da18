"""Users, and the guard that knows who the Administrators are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.callers import Callers
from hosanna_adapters.mongo.documents import email_key, user_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import GUARDS, ROSTER, USERS
from hosanna_core.errors import GuardRefused
from hosanna_core.model.people import Caller, Role
from hosanna_core.model.query import Page, Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.change import Seat
    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.query import UserFilter, UserPage

ADMINISTRATORS: Final = "administrators"
_A_USER: Final = {"change": 0}
_A_CALLER: Final = {
    "role": 1,
    "active": 1,
    "session_epoch": 1,
    "revoked.session_id": 1,
    "second_factor.confirmed": 1,
}


class MongoUsers:
    """The users of a `MongoStore`."""

    def __init__(self, archive: Archive, kept: float = 0.0) -> None:
        self._veil = archive.veil
        self._users = archive[USERS]
        self.callers = Callers(self.caller, kept)

    @in_time()
    def get(self, user_id: UserId) -> User | None:
        document = self._users.find_one({"_id": user_id}, _A_USER)
        return None if document is None else user_of(self._veil, document)

    @in_time()
    def get_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, User]:
        wanted = {"_id": {"$in": list(user_ids)}}
        found = at_once(self._users.find(wanted, _A_USER), len(user_ids)) if user_ids else ()
        return {document["_id"]: user_of(self._veil, document) for document in found}

    @in_time()
    def by_email(self, email: str) -> User | None:
        document = self._users.find_one({"email": email_key(self._veil, email)}, _A_USER)
        return None if document is None else user_of(self._veil, document)

    @in_time()
    def caller(self, user_id: UserId) -> Caller | None:
        document = self._users.find_one({"_id": user_id}, _A_CALLER)
        return None if document is None else _caller_of(document)

    def calling(self, user_id: UserId) -> Caller | None:
        return self.callers.get(user_id)

    @in_time()
    def page(self, wanted: UserFilter, after: Id | None, limit: int) -> UserPage:
        query = _page_filter(wanted, after)
        found = at_once(self._users.find(query, _A_USER).sort("_id", 1), limit + 1)
        users = [
            user_of(self._veil, document) for document in (found.hint(ROSTER) if "role" in query else found)
        ]
        rows = tuple(users[:limit])
        return Page(rows, Position((), rows[-1].id) if len(users) > limit else None)


def _caller_of(document: Document) -> Caller:
    """What `User.caller` would say; users of version 1 have neither of the last two fields."""
    return Caller(
        id=document["_id"],
        role=Role(document["role"]),
        active=document["active"],
        session_epoch=int(document["session_epoch"]),
        revoked=tuple(each["session_id"] for each in document.get("revoked", ())),
        second_factor=(document.get("second_factor") or {}).get("confirmed", False),
    )


def _page_filter(wanted: UserFilter, after: Id | None) -> Document:
    """Both fields before the id in the index are always given, once one of them is: streams that the server merges."""
    query: Document = {}
    if wanted.role is not None or wanted.active is not None:
        query["role"] = (
            wanted.role.value if wanted.role is not None else {"$in": [role.value for role in Role]}
        )
        query["active"] = wanted.active if wanted.active is not None else {"$in": [False, True]}
    return query if after is None else {**query, "_id": {"$gt": after}}


def write_seat(archive: Archive, unit: Unit, seat: Seat) -> None:
    """Somebody joins or leaves the Administrators, all of whom one document names: two who leave at once both write it.

    Raises GuardRefused if nobody else is left.
    """
    unit.touch(GUARDS, ADMINISTRATORS)
    guard = archive[GUARDS]
    if seat.joins:
        joined = {"$addToSet": {"members": seat.user_id}}
        guard.update_one({"_id": ADMINISTRATORS}, joined, upsert=True, session=unit.session)
        return
    somebody_else = {"_id": ADMINISTRATORS, "members": {"$elemMatch": {"$ne": seat.user_id}}}
    left = {"$pull": {"members": seat.user_id}}
    if not guard.update_one(somebody_else, left, session=unit.session).matched_count:
        raise GuardRefused

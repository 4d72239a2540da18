"""Announcements, followers, push subscriptions, and tickets."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import announcement_of, subscription_document, subscription_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.receipts import write_receipt
from hosanna_adapters.mongo.schema import ANNOUNCEMENTS, FOLLOWERS, FOR_WHOM, SUBSCRIPTIONS, SWEPT, TICKETS
from hosanna_adapters.mongo.units import ALONE, Disturbed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit, Units
    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, JobId, Millis, UserId
    from hosanna_core.model.people import Role
    from hosanna_core.model.push import PushSubscription


class MongoAnnouncements:
    """The announcements of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._announcements = archive[ANNOUNCEMENTS]

    @in_time()
    def get(self, announcement_id: Id) -> Announcement | None:
        document = self._announcements.find_one({"_id": announcement_id}, {"change": 0})
        return None if document is None else announcement_of(self._veil, document)

    @in_time()
    def get_many(self, announcement_ids: Sequence[Id]) -> Mapping[Id, Announcement]:
        wanted = {"_id": {"$in": list(announcement_ids)}}
        if not announcement_ids:
            return {}
        found = at_once(self._announcements.find(wanted, {"change": 0}), len(announcement_ids))
        return {document["_id"]: announcement_of(self._veil, document) for document in found}

    @in_time()
    def page(self, role: Role | None, now: Millis, after: Id | None, limit: int) -> Sequence[Announcement]:
        wanted: Document = {"$or": [{"expires_at": None}, {"expires_at": {"$gt": now}}]}
        if role is not None:
            wanted["role"] = {"$in": [None, role.value]}
        if after is not None:
            wanted["_id"] = {"$lt": after}
        found = at_once(self._announcements.find(wanted, {"change": 0}).sort("_id", -1), limit)
        streams = found if role is None else found.hint(FOR_WHOM)
        return [announcement_of(self._veil, document) for document in streams]


class MongoFollowers:
    """Who follows which jobs of a `MongoStore`: `_id` is the job, '|', and the user."""

    def __init__(self, archive: Archive) -> None:
        self._followers = archive[FOLLOWERS]

    @in_time()
    def follow(self, user_id: UserId, job_id: JobId) -> None:
        with suppress(DuplicateKeyError):  # they asked twice at once
            self._followers.update_one(
                {"_id": _follower(job_id, user_id)}, {"$setOnInsert": {"user_id": user_id}}, upsert=True
            )

    @in_time()
    def unfollow(self, user_id: UserId, job_id: JobId) -> None:
        self._followers.delete_one({"_id": _follower(job_id, user_id)})

    @in_time()
    def follows(self, user_id: UserId, job_id: JobId) -> bool:
        return self._followers.find_one({"_id": _follower(job_id, user_id)}, {"_id": 1}) is not None

    @in_time()
    def of(self, job_id: JobId) -> Sequence[UserId]:
        theirs = {"_id": {"$gt": f"{job_id}|", "$lt": f"{job_id}}}"}}  # '}' is the character behind '|'
        return [document["user_id"] for document in self._followers.find(theirs).sort("_id", 1)]

    @in_time()
    def followed_by(self, user_id: UserId, after: JobId | None, limit: int) -> Sequence[JobId]:
        theirs: Document = {"user_id": user_id}
        if after is not None:
            theirs["_id"] = {"$gt": _follower(after, user_id)}
        found = at_once(self._followers.find(theirs).sort("_id", 1), limit)
        return [document["_id"].partition("|")[0] for document in found]


def _follower(job_id: JobId, user_id: UserId) -> str:
    return f"{job_id}|{user_id}"


class MongoSubscriptions:
    """The push subscriptions of a `MongoStore`."""

    def __init__(self, archive: Archive, units: Units) -> None:
        self._archive = archive
        self._veil = archive.veil
        self._subscriptions = archive[SUBSCRIPTIONS]
        self._units = units

    @in_time()
    def keep(self, subscription: PushSubscription, receipt: Receipt | None = None) -> None:
        document = subscription_document(self._veil, subscription)

        def writes(unit: Unit) -> None:
            if receipt is not None:
                write_receipt(self._archive, unit, receipt)
            unit.touch(SUBSCRIPTIONS, document["_id"])
            try:
                self._subscriptions.replace_one(
                    {"_id": document["_id"]}, document, upsert=True, session=unit.session
                )
            except DuplicateKeyError:  # somebody else brought it at the same moment: now it is there
                raise Disturbed from None

        if receipt is not None:
            self._units.run(writes)
            return
        try:
            writes(ALONE)
        except Disturbed:
            writes(ALONE)

    @in_time()
    def of(self, user_id: UserId) -> Sequence[PushSubscription]:
        found = self._subscriptions.find({"user_id": user_id}).sort("id", 1)
        return [subscription_of(self._veil, document) for document in found]

    @in_time()
    def drop(self, user_id: UserId, subscription_id: Id) -> bool:
        theirs = {"user_id": user_id, "id": subscription_id}
        return self._subscriptions.delete_one(theirs).deleted_count == 1


class MongoTickets:
    """Which tickets were used: the `_id` is there."""

    def __init__(self, archive: Archive) -> None:
        self._tickets = archive[TICKETS]

    @in_time()
    def redeem(self, ticket_id: Id, now: Millis, expires_at: Millis) -> bool:
        # The server forgets it by its own clock, well after it has expired.
        swept_at = datetime.now(UTC) + timedelta(milliseconds=max(expires_at - now, 0))
        try:
            self._tickets.insert_one({"_id": ticket_id, SWEPT: swept_at})
        except DuplicateKeyError:
            return False
        return True

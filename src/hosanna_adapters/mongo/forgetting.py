"""Erasing a person from all that is not the root itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_adapters.mongo.schema import AUDIT, FOLLOWERS, NOTICES, SEGMENTS, SESSIONS, SUBSCRIPTIONS
from hosanna_adapters.mongo.veils import NOTHING_OPEN, VEILED

if TYPE_CHECKING:
    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.ids import JobId, UserId


def forget_user(archive: Archive, unit: Unit, user_id: UserId) -> None:
    """Remove all that is a user's alone, and what tells of them in the audit trail."""
    for name in (SESSIONS, NOTICES, FOLLOWERS, SUBSCRIPTIONS):
        theirs = {"user_id": user_id}
        unit.touch_all(name, theirs)
        archive[name].delete_many(theirs, session=unit.session)
    names_them = {"$or": [{"actor_id": user_id}, {"subject.id": user_id}]}
    erased = {"$set": {"open": NOTHING_OPEN, "salt": b""}, "$unset": {VEILED: ""}}
    unit.touch_all(AUDIT, names_them)
    archive[AUDIT].update_many(names_them, erased, session=unit.session)


def forget_segments(archive: Archive, unit: Unit, job_id: JobId) -> None:
    """Remove the open values of the entries that lie beside a job."""
    segments = {"_id": {"$gte": f"{job_id}|", "$lt": f"{job_id}|:"}}
    for segment in list(archive[SEGMENTS].find(segments, session=unit.session)):
        unit.touch(SEGMENTS, segment["_id"])
        emptied = {"entries": [without_open_values(each) for each in segment["entries"]]}
        archive[SEGMENTS].update_one({"_id": segment["_id"]}, {"$set": emptied}, session=unit.session)


def without_open_values(entry: Document) -> Document:
    """A stored entry of a history, with nothing left but what is sealed."""
    kept = {name: value for name, value in entry.items() if name != VEILED}
    return {**kept, "open": NOTHING_OPEN}

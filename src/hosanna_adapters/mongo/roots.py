"""The root of a change: the one document whose version decides who came first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo.counting import counted_first, pushed
from hosanna_adapters.mongo.documents import entry_document, root_fields
from hosanna_adapters.mongo.history import history_after, rewrites_history
from hosanna_core.errors import StaleVersion, Taken
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.model.session import Session
from hosanna_core.model.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.collection import Collection

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.units import Unit
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.model.change import AnyChange, Root

_COLLECTIONS: Final[Mapping[type[Root], str]] = {
    Job: schema.JOBS,
    User: schema.USERS,
    Session: schema.SESSIONS,
    Announcement: schema.ANNOUNCEMENTS,
    DayPlan: schema.DAY_PLANS,
    Firm: schema.FIRMS,
    ApiKey: schema.API_KEYS,
    Webhook: schema.WEBHOOKS,
}


def collection_of(archive: Archive, root: Root) -> Collection[Document]:
    """Where roots of that kind lie."""
    return archive[_COLLECTIONS[type(root)]]


def new_root(veil: Veil, change: AnyChange) -> Document:
    """The document of a root that did not exist."""
    root_id, entry = change.root.id, change.entry
    entries = {} if entry is None else {"history": [entry_document(veil, root_id, entry)]}
    return {"_id": root_id, **root_fields(veil, change), **entries, **counted_first(change)}


def write_root(archive: Archive, unit: Unit, change: AnyChange) -> None:
    """Insert or update the root. Raises StaleVersion, or Taken for the e-mail of another user."""
    collection = collection_of(archive, change.root)
    unit.touch(collection.name, change.root.id)
    try:
        if change.expected is None:
            collection.insert_one(new_root(archive.veil, change), session=unit.session)
        else:
            _update(archive, unit, change)
    except DuplicateKeyError:
        # Of two indexes that are hurt at once the server names one: which refusal comes first is asked for apart.
        if not isinstance(change.root, User) or (
            change.expected is None and _exists(collection, change.root.id)
        ):
            raise StaleVersion from None
        raise Taken("email") from None


def _exists(collection: Collection[Document], root_id: str) -> bool:
    return collection.find_one({"_id": root_id}, {"_id": 1}) is not None


def _update(archive: Archive, unit: Unit, change: AnyChange) -> None:
    update: Document = {"$set": root_fields(archive.veil, change)}
    if rewrites_history(change):
        update["$set"]["history"] = history_after(archive, unit, change)
    elif change.entry is not None:
        update["$push"] = {"history": entry_document(archive.veil, change.root.id, change.entry)}
    for operator, fields in pushed(archive, change).items():
        update.setdefault(operator, {}).update(fields)
    of_that_version: Document = {"_id": change.root.id, "version": change.expected}
    if isinstance(change.root, Session):
        of_that_version["ended_at"] = None
    collection = collection_of(archive, change.root)
    if not collection.update_one(of_that_version, update, session=unit.session).matched_count:
        raise StaleVersion

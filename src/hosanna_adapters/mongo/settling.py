"""What became of a commit whose answer was lost on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pymongo
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from hosanna_adapters.mongo import patience
from hosanna_adapters.mongo.documents import events_of, root_of
from hosanna_adapters.mongo.roots import collection_of
from hosanna_adapters.mongo.schema import AUDIT, HEADS
from hosanna_core.errors import NOBODY_KNOWS, Busy
from hosanna_core.model.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import AnyChange

# The newest that the primary has, and answered only once a majority has all of it. By the majority alone, a change on
# its way to the others would seem not made, and appear later.
_NEWEST_AND_FOR_GOOD: Final = ReadConcern("linearizable")


def settle(archive: Archive, change: AnyChange, lost: PyMongoError) -> None:
    """Return if *change* is there for good; raises *lost* if it is not, Busy if nobody knows."""
    roots = collection_of(archive, change.root).with_options(read_concern=_NEWEST_AND_FOR_GOOD)
    try:
        with pymongo.timeout(patience.SETTLE):
            root = roots.find_one({"_id": change.root.id})
            told = None if not change.audit else _is_told(archive, change.audit)
    except PyMongoError as error:
        raise Busy(NOBODY_KNOWS) from error
    if told is None:
        told = root is not None and _was_stored(archive.veil, change, root, lost)
    if not told:
        raise lost


def settle_record(archive: Archive, audit: Sequence[AuditFacts], lost: PyMongoError) -> None:
    """The same for entries that belong to no change."""
    streams = archive[HEADS].with_options(read_concern=_NEWEST_AND_FOR_GOOD)
    try:
        with pymongo.timeout(patience.SETTLE):
            # Once this is answered, what the majority has is all that there is.
            streams.find_one({"_id": audit[0].stream})
            told = _is_told(archive, audit)
    except PyMongoError as error:
        raise Busy(NOBODY_KNOWS) from error
    if not told:
        raise lost


def _is_told(archive: Archive, audit: Sequence[AuditFacts]) -> bool:
    """Whether the trail tells of it: an entry is stored with what it tells of, or neither is."""
    return archive[AUDIT].find_one({"id": audit[0].id, "stream": audit[0].stream}, {"_id": 1}) is not None


def _was_stored(veil: Veil, change: AnyChange, root: Document, lost: PyMongoError) -> bool:
    """Whether a root that is as far as *change*, or further, got there by it and not by a rival's."""
    if root["version"] < change.root.version:
        return False
    if change.entry is not None:
        return any(entry["hash"] == change.entry.hash for entry in root.get("history", ()))
    if root["version"] > change.root.version or _ended_meanwhile(change, root):
        raise Busy(NOBODY_KNOWS) from lost
    return root_of(veil, change, root) == change.root and events_of(root) == change.events


def _ended_meanwhile(change: AnyChange, root: Document) -> bool:
    """An ended session keeps its version, and nothing that would tell whose last token it was."""
    return isinstance(change.root, Session) and root["ended_at"] != change.root.ended_at

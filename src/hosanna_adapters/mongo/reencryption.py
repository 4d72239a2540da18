"""Encrypting what lies in a store: all of a plain one while nobody uses it, or anew under another key beside servers.

Every document is written only if it is still as it was read, so that nothing newer is ever lost, and without its
`change`, so that the feed has nothing to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo import UpdateOne

from hosanna_adapters.mongo import at_rest
from hosanna_adapters.mongo.documents import (
    audit_document,
    audit_of,
    calendar_document,
    calendar_of,
    entry_document,
    entry_of,
    job_fields,
    job_of,
    session_fields,
    session_of,
    user_fields,
    user_of,
)
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import AUDIT, CALENDARS, JOBS, SEGMENTS, SESSIONS, USERS
from hosanna_adapters.mongo.veils import HISTORY, NOTHING_OPEN, PERSONAL, VEILED, Encrypted
from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Veil
    from hosanna_core.ports import Encryption

ORDER: Final = (JOBS, SEGMENTS, USERS, CALENDARS, SESSIONS, AUDIT)
"""Jobs before segments: what a job moves there meanwhile is encrypted by then."""
TRIES: Final = 20
_WRITTEN: Final = frozenset({VEILED, "body", "words", "email", "open", "history", "entries"})
"""All that is ever written: the other fields may change without a new version."""
_VERSIONED: Final = frozenset({JOBS, USERS, CALENDARS, SESSIONS})


class MongoReencryption:
    """Walks through the collections in the order of their ids; who begins again passes over what is done."""

    def __init__(self, database: Database[Document], encryption: Encryption) -> None:
        self._database = database
        self._encryption = encryption
        self._veil = Encrypted(encryption)
        self._left = list(ORDER)
        self._last = ""

    @in_time()
    def total(self) -> int:
        return sum(self._database[name].estimated_document_count() for name in ORDER)

    @in_time()
    def step(self, limit: int) -> int:
        at_rest.mark_under_way(self._database, self._encryption)
        while self._left:
            collection = self._database[self._left[0]]
            found = list(collection.find({"_id": {"$gt": self._last}}).sort("_id", 1).limit(limit))
            if found:
                self._encrypt(self._left[0], found)
                self._last = found[-1]["_id"]
                return len(found)
            del self._left[0]
            self._last = ""
        at_rest.mark_encrypted(self._database, self._encryption)
        return 0

    def _encrypt(self, name: str, documents: Sequence[Document]) -> None:
        """Until none of these is stale: one that somebody changed meanwhile is looked at again."""
        collection = self._database[name]
        for _ in range(TRIES):
            stale = [document for document in documents if self._is_stale(name, document)]
            if not stale:
                return
            collection.bulk_write([self._update(name, document) for document in stale], ordered=False)
            documents = list(collection.find({"_id": {"$in": [document["_id"] for document in stale]}}))
        raise Busy("Others change the same things all the time: run it again.")

    def _is_stale(self, name: str, document: Document) -> bool:
        return not all(
            isinstance(value, bytes) and self._encryption.current(value) for value in _values(name, document)
        )

    def _update(self, name: str, document: Document) -> UpdateOne:
        fresh = _FRESH[name](self._veil, document)
        written = {field: value for field, value in fresh.items() if field in _WRITTEN}
        as_it_was = {"_id": document["_id"], **_as_it_was(name, document)}
        plain = {field: "" for field in PERSONAL.get(name, ()) if field in document and field not in fresh}
        return UpdateOne(as_it_was, {"$set": written, **({"$unset": plain} if plain else {})})


def _values(name: str, document: Document) -> Iterator[object]:
    """Everything in a document that should be encrypted."""
    if name == SEGMENTS:
        yield from _values_of(document["entries"])
        return
    if name == AUDIT:
        yield from _values_of([document])
        return
    yield document.get(VEILED)
    if name == JOBS:
        yield document["body"]
        yield from _values_of(document.get("history", ()))


def _values_of(entries: Sequence[Document]) -> Iterator[object]:
    return (entry.get(VEILED) for entry in entries if entry.get("open") != NOTHING_OPEN)


def _as_it_was(name: str, document: Document) -> Document:
    """What an update demands of the stored document."""
    if name in _VERSIONED:
        return {"version": document["version"]}
    if name == SEGMENTS:
        return {"entries": document["entries"]}
    return {field: document.get(field) for field in ("open", VEILED)}


def _fresh_job(veil: Veil, document: Document) -> Document:
    entries = _fresh_entries(veil, document["_id"], document.get("history", ()))
    return {**job_fields(veil, job_of(veil, document)), HISTORY: entries}


def _fresh_segment(veil: Veil, document: Document) -> Document:
    job_id = document["_id"].partition("|")[0]
    return {"entries": _fresh_entries(veil, job_id, document["entries"])}


def _fresh_entries(veil: Veil, job_id: str, entries: Sequence[Document]) -> list[Document]:
    return [entry_document(veil, job_id, entry_of(veil, job_id, entry)) for entry in entries]


_FRESH: Final[Mapping[str, Callable[[Veil, Document], Document]]] = {
    JOBS: _fresh_job,
    SEGMENTS: _fresh_segment,
    USERS: lambda veil, document: user_fields(veil, user_of(veil, document)),
    CALENDARS: lambda veil, document: calendar_document(veil, calendar_of(veil, document)),
    SESSIONS: lambda veil, document: session_fields(veil, session_of(veil, document)),
    AUDIT: lambda veil, document: audit_document(veil, audit_of(veil, document)),
}
"""Each document as it would be stored now."""

"""Encrypting what lies in a store: all of a plain one while nobody uses it, or anew under another key beside servers.

Every document is written only if it is still as it was read, so that nothing newer is ever lost, and without its
`change`, so that the feed has nothing to tell. What lies in clear is believed only while a store is on the way; of a
document that is encrypted it is thrown away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pymongo import UpdateOne

from hosanna_adapters.mongo import at_rest
from hosanna_adapters.mongo.dayplans import plan_fields, plan_of
from hosanna_adapters.mongo.documents import (
    announcement_fields,
    announcement_of,
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
    subscription_document,
    subscription_of,
    user_fields,
    user_of,
)
from hosanna_adapters.mongo.firms import firm_fields, firm_of
from hosanna_adapters.mongo.integrations import api_key_of, integration_fields, webhook_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import (
    ANNOUNCEMENTS,
    API_KEYS,
    AUDIT,
    CALENDARS,
    DAY_PLANS,
    FIRMS,
    JOBS,
    SEGMENTS,
    SESSIONS,
    SUBSCRIPTIONS,
    USERS,
    WEBHOOKS,
)
from hosanna_adapters.mongo.veils import HISTORY, UNDER_THE_VEIL, VEILED, strays, tells_nothing
from hosanna_core.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pymongo.database import Database

    from hosanna_adapters.mongo.schema import Document
    from hosanna_adapters.mongo.veils import Encrypted, Veil
    from hosanna_core.ports import Encryption

ORDER: Final = (
    JOBS, SEGMENTS, USERS, CALENDARS, SESSIONS, ANNOUNCEMENTS, SUBSCRIPTIONS, DAY_PLANS, API_KEYS, WEBHOOKS,
    FIRMS, AUDIT,
)  # fmt: skip
"""Jobs before segments: what a job moves there meanwhile is encrypted by then."""
TRIES: Final = 20
_WRITTEN: Final = frozenset(
    {VEILED, "body", "words", "email", "second_factor", "open", "salt", HISTORY, "entries"}
)
"""All that is ever written: the other fields may change without a new version."""
_VERSIONED: Final = frozenset(
    {JOBS, USERS, CALENDARS, SESSIONS, ANNOUNCEMENTS, DAY_PLANS, API_KEYS, WEBHOOKS, FIRMS}
)


class MongoReencryption:
    """Walks through the collections in the order of their ids; who begins again passes over what is done."""

    def __init__(self, database: Database[Document], encryption: Encryption) -> None:
        self._database = database
        self._encryption = encryption
        self._veil: Encrypted | None = None
        self._left = list(ORDER)
        self._last = ""

    @in_time()
    def total(self) -> int:
        return sum(self._database[name].estimated_document_count() for name in ORDER)

    @in_time()
    def step(self, limit: int) -> int:
        if self._veil is None:
            self._veil = at_rest.mark_under_way(self._database, self._encryption)
        while self._left:
            collection = self._database[self._left[0]]
            found = list(collection.find({"_id": {"$gt": self._last}}).sort("_id", 1).limit(limit))
            if found:
                self._encrypt(self._veil, self._left[0], found)
                self._last = found[-1]["_id"]
                return len(found)
            del self._left[0]
            self._last = ""
        at_rest.mark_encrypted(self._database, self._encryption)
        return 0

    def _encrypt(self, veil: Veil, name: str, documents: Sequence[Document]) -> None:
        """Until none of these is stale: one that somebody changed meanwhile is looked at again."""
        collection = self._database[name]
        for _ in range(TRIES):
            stale = [document for document in documents if self._is_stale(name, document)]
            if not stale:
                return
            collection.bulk_write([_update(veil, name, document) for document in stale], ordered=False)
            documents = list(collection.find({"_id": {"$in": [document["_id"] for document in stale]}}))
        raise Busy("Others change the same things all the time: run it again.")

    def _is_stale(self, name: str, document: Document) -> bool:
        """Whether anything lies there in clear, or under another key."""
        values = [piece.get(VEILED) for kind, piece in _pieces(name, document)]
        if name == JOBS:
            values.append(document["body"])
        return any(strays(kind, piece) for kind, piece in _pieces(name, document)) or not all(
            isinstance(value, bytes) and self._encryption.current(value) for value in values
        )


def _update(veil: Veil, name: str, document: Document) -> UpdateOne:
    fresh = _FRESH[name](veil, document)
    written = {field: value for field, value in fresh.items() if field in _WRITTEN}
    as_it_was = {"_id": document["_id"], **_as_it_was(name, document)}
    plain = (UNDER_THE_VEIL.get(name, frozenset()) & document.keys()) - fresh.keys()
    gone = {"$unset": dict.fromkeys(sorted(plain), "")} if plain else {}
    return UpdateOne(as_it_was, {"$set": written, **gone})


def _pieces(name: str, document: Document) -> list[tuple[str, Document]]:
    """Everything in a document that has a veil of its own, or should have."""
    entries = document.get("entries" if name == SEGMENTS else HISTORY, ())
    pieces = [] if name == SEGMENTS else [(name, document)]
    pieces += [(HISTORY, entry) for entry in entries]
    return [(kind, piece) for kind, piece in pieces if not tells_nothing(kind, piece)]


def _as_it_was(name: str, document: Document) -> Document:
    """What an update demands of the stored document."""
    if name in _VERSIONED:
        return {"version": document["version"]}
    if name == SEGMENTS:
        return {"entries": document["entries"]}
    if name == SUBSCRIPTIONS:
        return document
    return {field: document.get(field) for field in ("open", "salt", VEILED)}


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
    ANNOUNCEMENTS: lambda veil, document: announcement_fields(veil, announcement_of(veil, document)),
    SUBSCRIPTIONS: lambda veil, document: subscription_document(veil, subscription_of(veil, document)),
    DAY_PLANS: lambda veil, document: plan_fields(veil, plan_of(veil, document)),
    API_KEYS: lambda veil, document: integration_fields(veil, api_key_of(veil, document)),
    WEBHOOKS: lambda veil, document: integration_fields(veil, webhook_of(veil, document)),
    FIRMS: lambda veil, document: firm_fields(veil, firm_of(veil, document)),
    AUDIT: lambda veil, document: audit_document(veil, audit_of(veil, document)),
}
"""Each document as it would be stored now."""

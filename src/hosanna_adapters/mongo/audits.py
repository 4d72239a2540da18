"""Reading the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.mongo.batches import at_once
from hosanna_adapters.mongo.documents import audit_id, audit_of, head_of
from hosanna_adapters.mongo.patience import in_time
from hosanna_adapters.mongo.schema import AUDIT, BY_TIME, HEADS, MOVED, NEWEST, TOLD_BY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.audit import AuditEntry, AuditFilter, Head
    from hosanna_core.model.ids import Id, Millis

_FEW: Final = 2_000
"""Entries that are sorted rather than walked to."""


class MongoAudits:
    """The audit trail of a `MongoStore`."""

    def __init__(self, archive: Archive) -> None:
        self._veil = archive.veil
        self._audit = archive[AUDIT]
        self._streams = archive[HEADS]

    @in_time()
    def entries(self, wanted: AuditFilter, after: Id | None, limit: int) -> Sequence[AuditEntry]:
        query = _asked(wanted)
        hint = self._best(query)
        if after is not None:
            query["id"] = {"$lt": after}
        found = at_once(self._audit.find(query).sort("id", -1), limit)
        return [audit_of(self._veil, document) for document in (found.hint(hint) if hint else found)]

    def _best(self, query: Document) -> str | None:
        """The index to begin with; of a long stretch of time the server finds out by trying."""
        for name, fields in TOLD_BY.items():
            if fields and query.keys() >= set(fields):
                return name
        if "at" not in query:
            return NEWEST
        few = self._audit.count_documents(query, limit=_FEW + 1, hint=BY_TIME) <= _FEW
        return BY_TIME if few else None

    @in_time()
    def stream(self, stream: str, after: int, limit: int) -> Sequence[AuditEntry]:
        # The ids of a stream that is named like the beginning of another lie among those of the other.
        behind = {"stream": stream, "_id": {"$gt": audit_id(stream, after), "$lt": f"{stream}|:"}}
        return [
            audit_of(self._veil, document)
            for document in at_once(self._audit.find(behind).sort("_id", 1), limit)
        ]

    @in_time()
    def heads(self, after: str | None, limit: int, since: Millis = 0) -> Sequence[Head]:
        query: Document = {} if after is None else {"_id": {"$gt": after}}
        if since > 0:
            query["at"] = {"$gte": since}
        found = at_once(self._streams.find(query).sort("_id", 1), limit)
        return [head_of(document) for document in (found.hint(MOVED) if since > 0 else found)]


def _asked(wanted: AuditFilter) -> Document:
    """Each part that is given, in the server's words."""
    parts: Document = {
        "action": wanted.action,
        "actor_id": wanted.actor_id,
        "subject.id": wanted.subject_id,
        "outcome": None if wanted.outcome is None else wanted.outcome.value,
    }
    query = {name: value for name, value in parts.items() if value is not None}
    span = {bound: at for bound, at in (("$gte", wanted.since), ("$lt", wanted.until)) if at is not None}
    return {**query, "at": span} if span else query

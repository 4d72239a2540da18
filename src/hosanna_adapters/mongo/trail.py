"""Writing the audit trail: every entry the next of its stream, which one document, its head, keeps in order.

The head is written in the same transaction as the entries, so that of two writers of one stream one begins again on
what the other left. Within a process they wait for one another instead: many denials at once do not storm the server.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from pymongo.errors import DuplicateKeyError

from hosanna_adapters.mongo.documents import audit_document, head_document, head_of
from hosanna_adapters.mongo.patience import COMMIT
from hosanna_adapters.mongo.schema import AUDIT, HEADS
from hosanna_adapters.mongo.units import Disturbed
from hosanna_core.errors import Busy
from hosanna_core.rules.trail import head_at, sealed_after, stream_of_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_adapters.mongo.archive import Archive
    from hosanna_adapters.mongo.units import Unit
    from hosanna_core.model.audit import AuditEntry, AuditFacts, Head

_LOCKS: Final = 64
_OF_A_PROCESS: Final = stream_of_process("")


class Sealing:
    """The entries of one change on their way into their streams, as often as the transaction has to begin."""

    def __init__(self, archive: Archive, audit: Sequence[AuditFacts], known: Mapping[str, Head]) -> None:
        self._archive = archive
        self._audit = audit
        self._known = dict(known)
        self.heads: dict[str, Head] = {}
        """Of each stream, as the last run left it."""

    def write(self, unit: Unit) -> None:
        """Move the heads, which a rival cannot move as well, then store the entries between."""
        if not self._audit:
            return
        before, entries = self._heads(unit), []
        self.heads = dict(before)
        for facts in self._audit:
            entry = sealed_after(self.heads.get(facts.stream), facts)
            self.heads[facts.stream] = head_at(entry)
            entries.append(entry)
        for stream, head in self.heads.items():
            self._move(unit, before.get(stream), head)
        self._insert(unit, entries)

    def _heads(self, unit: Unit) -> dict[str, Head]:
        """What is known, the first time; who begins again knows nothing."""
        known, self._known = self._known, {}
        unknown = list({facts.stream for facts in self._audit} - known.keys())
        if unknown:
            found = self._archive[HEADS].find({"_id": {"$in": unknown}}, session=unit.session)
            known.update((document["_id"], head_of(document)) for document in found)
        return known

    def _move(self, unit: Unit, before: Head | None, head: Head) -> None:
        unit.touch(HEADS, head.stream)
        streams, document = self._archive[HEADS], head_document(head)
        if before is None:
            try:
                streams.insert_one(document, session=unit.session)
            except DuplicateKeyError:
                raise Disturbed from None
            return
        as_it_was = {"_id": document.pop("_id"), "n": before.n, "hash": before.hash}
        if not streams.update_one(as_it_was, {"$set": document}, session=unit.session).matched_count:
            raise Disturbed

    def _insert(self, unit: Unit, entries: Sequence[AuditEntry]) -> None:
        documents = [audit_document(self._archive.veil, entry) for entry in entries]
        for document in documents:
            unit.touch(AUDIT, document["_id"])
        self._archive[AUDIT].insert_many(documents, session=unit.session)


class Trail:
    """Lets one writer of this process at a time into each stream."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._own: dict[str, Head] = {}
        """Heads of streams that only this process writes: they need not be read."""

    @contextmanager
    def sealing(self, audit: Sequence[AuditFacts]) -> Iterator[Sealing]:
        """The streams of *audit* are held until the commit is over. Raises Busy if others hold them for too long."""
        streams = {facts.stream for facts in audit}
        with ExitStack() as held:
            for number in sorted({hash(stream) % _LOCKS for stream in streams}):
                lock = self._locks[number]
                if not lock.acquire(timeout=COMMIT):
                    raise Busy
                held.callback(lock.release)
            known = {stream: self._own.pop(stream) for stream in streams if stream in self._own}
            sealing = Sealing(self._archive, audit, known)
            yield sealing
            # Reached only where the commit went through: what became of any other is read the next time.
            self._own.update(
                (stream, head) for stream, head in sealing.heads.items() if stream.startswith(_OF_A_PROCESS)
            )

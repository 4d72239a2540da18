"""The audit trail: streams, their heads, and all entries in one order."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from hosanna_core.rules.trail import forgotten, head_at, names, sealed_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.audit import AuditEntry, AuditFacts, AuditFilter, Head
    from hosanna_core.model.ids import Id, Millis, UserId


class Trail:
    """The entries of all streams; whoever calls holds the lock."""

    def __init__(self) -> None:
        self._streams: dict[str, list[AuditEntry]] = {}
        self._heads: dict[str, Head] = {}
        self._order: list[tuple[Id, str, int]] = []
        """Where each entry stands, in the order of the ids."""

    def append(self, audit: Iterable[AuditFacts]) -> None:
        """Seal each as the next of its stream."""
        for facts in audit:
            entry = sealed_after(self._heads.get(facts.stream), facts)
            self._streams.setdefault(facts.stream, []).append(entry)
            self._heads[facts.stream] = head_at(entry)
            insort(self._order, (entry.id, entry.stream, entry.n))

    def everything(self) -> Iterator[AuditEntry | Head]:
        """All entries, stream by stream, then all heads."""
        for entries in self._streams.values():
            yield from entries
        yield from self._heads.values()

    def adopt(self, entry: AuditEntry) -> None:
        """Put an entry that was sealed elsewhere behind what its stream has."""
        self._streams.setdefault(entry.stream, []).append(entry)
        insort(self._order, (entry.id, entry.stream, entry.n))

    def adopt_head(self, head: Head) -> None:
        """Set how far a stream has come."""
        self._heads[head.stream] = head

    def forget(self, user_id: UserId) -> None:
        """Remove what tells of a person from all that names them."""
        for entries in self._streams.values():
            entries[:] = [forgotten(entry) if names(entry, user_id) else entry for entry in entries]

    def newest(self, wanted: AuditFilter, after: Id | None, limit: int) -> list[AuditEntry]:
        """The wanted entries below *after*, newest first."""
        end = len(self._order) if after is None else bisect_left(self._order, (after,))
        found: list[AuditEntry] = []
        for step in range(end - 1, -1, -1):
            if len(found) >= limit:
                break
            _, stream, n = self._order[step]
            entry = self._streams[stream][n - 1]
            if _wanted(entry, wanted):
                found.append(entry)
        return found

    def stream(self, stream: str, after: int, limit: int) -> list[AuditEntry]:
        """One stream, from behind *after*."""
        return self._streams.get(stream, [])[after : after + limit]

    def heads(self, after: str | None, limit: int, since: Millis) -> list[Head]:
        """The heads that moved since then, in the order of their streams' names."""
        found = (
            head for name, head in self._heads.items() if head.at >= since and (after is None or name > after)
        )
        return sorted(found, key=lambda head: head.stream)[:limit]


def _wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    subject_id = None if entry.subject is None else entry.subject.id
    return (
        wanted.action in (None, entry.action)
        and wanted.actor_id in (None, entry.actor_id)
        and wanted.subject_id in (None, subject_id)
        and wanted.outcome in (None, entry.outcome)
        and (wanted.since is None or entry.at >= wanted.since)
        and (wanted.until is None or entry.at < wanted.until)
    )


class MemoryAudits:
    """The audit trail of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def entries(self, wanted: AuditFilter, after: Id | None, limit: int) -> Sequence[AuditEntry]:
        with self._state.lock:
            return self._state.trail.newest(wanted, after, limit)

    def stream(self, stream: str, after: int, limit: int) -> Sequence[AuditEntry]:
        with self._state.lock:
            return self._state.trail.stream(stream, after, limit)

    def heads(self, after: str | None, limit: int, since: Millis = 0) -> Sequence[Head]:
        with self._state.lock:
            return self._state.trail.heads(after, limit, since)

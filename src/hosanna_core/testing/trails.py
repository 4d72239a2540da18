"""Reading a whole audit trail through its port, and what must hold of it at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.audit import AuditFilter
from hosanna_core.rules.trail import StreamCheck, head_at

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from hosanna_core.model.audit import AuditEntry, AuditFacts, Head
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.ports import Store

MOST_PAGES: Final = 5_000
"""A list that goes on for longer than this does not end."""
EVERYTHING: Final = AuditFilter()


def walk_entries(store: Store, wanted: AuditFilter = EVERYTHING, *, limit: int = 100) -> list[AuditEntry]:
    """The wanted entries, page by page, newest first."""
    found: list[AuditEntry] = []
    for _ in range(MOST_PAGES):
        page = store.audits.entries(wanted, found[-1].id if found else None, limit)
        assert len(page) <= limit, "a page has at most `limit` entries"
        found += page
        if len(page) < limit:
            return found
    raise AssertionError("the list never ended")


def walk_stream(store: Store, stream: str, *, limit: int = 100) -> list[AuditEntry]:
    """One stream, page by page, from its first entry on."""
    found: list[AuditEntry] = []
    for _ in range(MOST_PAGES):
        page = store.audits.stream(stream, found[-1].n if found else 0, limit)
        assert len(page) <= limit, "a page has at most `limit` entries"
        found += page
        if len(page) < limit:
            return found
    raise AssertionError("the stream never ended")


def walk_heads(store: Store, *, limit: int = 100, since: Millis = 0) -> list[Head]:
    """The heads of all streams that moved since then, page by page."""
    found: list[Head] = []
    for _ in range(MOST_PAGES):
        page = store.audits.heads(found[-1].stream if found else None, limit, since)
        assert len(page) <= limit, "a page has at most `limit` heads"
        found += page
        if len(page) < limit:
            return found
    raise AssertionError("the heads never ended")


def check_trail(store: Store, erased: Container[UserId] = frozenset()) -> list[AuditEntry]:
    """Every stream is an unbroken chain up to its head, and the list has each of their entries once; answers the list.

    Raises BrokenChain, or AssertionError.
    """
    listed = walk_entries(store)
    heads = walk_heads(store)
    chained: list[AuditEntry] = []
    for head in heads:
        check = StreamCheck(head.stream, erased)
        entries = walk_stream(store, head.stream)
        for entry in entries:
            check.follow(entry)
        check.reach(head.n, head.hash, "its head")
        assert head_at(entries[-1]) == head, "the head is where the stream ends"
        chained += entries
    assert [head.stream for head in heads] == sorted({each.stream for each in listed}), (
        "each stream has one head"
    )
    ids = [entry.id for entry in listed]
    assert ids == sorted(set(ids), reverse=True), "each entry is listed once, the newest first"
    assert sorted(chained, key=lambda entry: entry.id, reverse=True) == listed, "list and streams agree"
    return listed


def told(entries: Sequence[AuditEntry]) -> list[Id]:
    """The ids of entries, in their order."""
    return [entry.id for entry in entries]


def as_told(entry: AuditEntry, facts: AuditFacts) -> bool:
    """Whether an entry holds what was put down."""
    return all(
        getattr(entry, name) == getattr(facts, name)
        for name in ("id", "stream", "at", "actor_id", "action", "subject", "outcome")
    ) and entry.open == dict(facts.personal)

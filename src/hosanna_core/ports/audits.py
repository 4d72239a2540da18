"""Reading the audit trail; it is written by `Ledger.commit` and `Ledger.record` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.audit import AuditEntry, AuditFilter, Head
    from hosanna_core.model.ids import Id, Millis


class Audits(Protocol):
    """The entries of the audit trail: of each stream a chain, all together one list."""

    def entries(self, wanted: AuditFilter, after: Id | None, limit: int) -> Sequence[AuditEntry]:
        """At most *limit* of the wanted entries, newest first (by id, descending), those below *after*."""

    def stream(self, stream: str, after: int, limit: int) -> Sequence[AuditEntry]:
        """At most *limit* entries of one stream in the order of their numbers, those above *after*."""

    def heads(self, after: str | None, limit: int, since: Millis = 0) -> Sequence[Head]:
        """At most *limit* heads in the order of their streams' names, above *after*, moved at or after *since*.

        A stream that has entries has a head, and its head stays where its entries have been removed.
        """

"""Reading the receipts of requests that were done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.change import Receipt
from hosanna_core.model.event import Ref
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_core.model.ids import Millis


class SqliteReceipts:
    """`Receipts` on SQLite."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def get(self, key: str, now: Millis) -> Receipt | None:
        row = self._readers.row(
            "SELECT body, subject_kind, subject_id, version, at FROM receipts WHERE key = ? AND at > ?",
            (key, now - KEPT_FOR),
        )
        if row is None:
            return None
        body, kind, subject, version, at = row
        return Receipt(key=key, body=body, subject=Ref(kind, subject), version=version, at=at)

"""The receipts of requests that were done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import Replayed
from hosanna_core.model.change import Receipt
from hosanna_core.model.event import Ref
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_core.model.ids import Millis

_SWEPT_AT_ONCE: Final = 20
"""Expired receipts that a new one takes with it: they go faster than they come, and no commit grows long."""


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


def check_receipt(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Raises Replayed while the key's last receipt still counts."""
    kept = db.execute("SELECT at FROM receipts WHERE key = ?", (receipt.key,)).fetchone()
    if kept is not None and kept[0] > receipt.at - KEPT_FOR:
        raise Replayed


def keep_receipt(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Write it, in the place of one that is too old to count."""
    db.execute(
        "DELETE FROM receipts WHERE key IN (SELECT key FROM receipts WHERE at <= ? ORDER BY at LIMIT ?)",
        (receipt.at - KEPT_FOR, _SWEPT_AT_ONCE),
    )
    subject = receipt.subject
    db.execute(
        "INSERT OR REPLACE INTO receipts (key, body, subject_kind, subject_id, version, at) VALUES (?, ?, ?, ?, ?, ?)",
        (receipt.key, receipt.body, subject.kind, subject.id, receipt.version, receipt.at),
    )

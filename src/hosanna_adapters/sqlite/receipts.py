"""The receipts of requests that were done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.errors import Replayed
from hosanna_core.model.change import Receipt
from hosanna_core.model.event import Ref
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_core.model.ids import Millis

RECEIPT_COLUMNS: Final = "key, body, subject_kind, subject_id, version, at"
"""What is stored of a receipt, in this order."""
_READ: Final = f"SELECT {RECEIPT_COLUMNS} FROM receipts"
_SWEPT_AT_ONCE: Final = 20
"""Expired receipts that a new one takes with it: they go faster than they come, and no commit grows long."""


class SqliteReceipts:
    """`Receipts` on SQLite."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def get(self, key: str, now: Millis) -> Receipt | None:
        row = self._readers.row(f"{_READ} WHERE key = ? AND at > ?", (key, now - KEPT_FOR))
        return None if row is None else _receipt_from(row)


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
    db.execute(
        f"INSERT OR REPLACE INTO receipts ({RECEIPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", receipt_row(receipt)
    )


def all_receipts(db: sqlite3.Connection) -> Iterator[Receipt]:
    """Every receipt, those among them that do not count any more."""
    return map(_receipt_from, db.execute(_READ))


def receipt_row(receipt: Receipt) -> tuple[Any, ...]:
    """What is stored of a receipt."""
    subject = receipt.subject
    return receipt.key, receipt.body, subject.kind, subject.id, receipt.version, receipt.at


def _receipt_from(row: tuple[Any, ...]) -> Receipt:
    key, body, kind, subject, version, at = row
    return Receipt(key=key, body=body, subject=Ref(kind, subject), version=version, at=at)

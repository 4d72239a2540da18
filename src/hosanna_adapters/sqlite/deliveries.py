"""What is told to webhooks: a queue and a log in one table, and who works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.encrypting import read, write
from hosanna_adapters.sqlite.rows import AFTER_EVERY_ID, encode
from hosanna_core.model.ids import Id, Millis
from hosanna_core.model.webhook import Delivery

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.feed import Cursor

_delivery_from = msgspec.msgpack.Decoder(Delivery).decode
_PLACE: Final = "webhooks.place"
_KEEP: Final = """
    INSERT OR REPLACE INTO deliveries (id, webhook_id, created_at, due_at, doc) VALUES (?, ?, ?, ?, ?)
"""

_WITH_DUE: Final = """
    WITH RECURSIVE waiting (webhook_id) AS (
        SELECT min(webhook_id) FROM deliveries INDEXED BY deliveries_waiting WHERE due_at IS NOT NULL
        UNION ALL
        SELECT (
            SELECT min(d.webhook_id) FROM deliveries AS d INDEXED BY deliveries_waiting
            WHERE d.due_at IS NOT NULL AND d.webhook_id > waiting.webhook_id
        ) FROM waiting WHERE waiting.webhook_id IS NOT NULL
    )
    SELECT webhook_id FROM waiting WHERE EXISTS (
        SELECT 1 FROM deliveries AS d INDEXED BY deliveries_waiting
        WHERE d.webhook_id = waiting.webhook_id AND d.due_at <= ?
    )
"""
"""From one webhook to the next: the rest of what waits for each is passed over."""
_DUE: Final = """
    SELECT doc FROM deliveries INDEXED BY deliveries_waiting WHERE webhook_id = ? AND due_at <= ? ORDER BY id LIMIT ?
"""
_OLD: Final = "SELECT id FROM deliveries WHERE created_at < ? AND due_at IS NULL LIMIT ?"
_FORGET: Final = "DELETE FROM deliveries WHERE id = ? AND due_at IS NULL"


class SqliteDeliveries:
    """`Deliveries` on SQLite. They hold ids and names of kinds alone, and so are not encrypted."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def place(self) -> Cursor | None:
        row = self._readers.row("SELECT value FROM meta WHERE name = ?", (_PLACE,))
        return None if row is None else bytes(row[0])

    def queue(self, deliveries: Sequence[Delivery], was: Cursor | None, place: Cursor) -> bool:
        rows = [delivery_row(each) for each in deliveries]

        def work(db: sqlite3.Connection) -> bool:
            if read(db, _PLACE) != was:
                return False
            write(db, _PLACE, place)
            db.executemany(_KEEP, rows)
            return True

        return self._writer.run(work)

    def due(self, webhook_id: Id, now: Millis, limit: int) -> Sequence[Delivery]:
        return [_delivery_from(doc) for (doc,) in self._readers.rows(_DUE, (webhook_id, now, limit))]

    def with_due(self, now: Millis) -> Sequence[Id]:
        return [webhook_id for (webhook_id,) in self._readers.rows(_WITH_DUE, (now,))]

    def keep(self, delivery: Delivery) -> None:
        row = delivery_row(delivery)
        self._writer.run(lambda db: db.execute(_KEEP, row))

    def get(self, webhook_id: Id, delivery_id: Id) -> Delivery | None:
        found = self._found("id = ? AND webhook_id = ?", (delivery_id, webhook_id))
        return found[0] if found else None

    def of(self, webhook_id: Id, after: Id | None, limit: int) -> Sequence[Delivery]:
        below = AFTER_EVERY_ID if after is None else after
        return self._found("webhook_id = ? AND id < ? ORDER BY id DESC LIMIT ?", (webhook_id, below, limit))

    def drop(self, webhook_id: Id) -> None:
        self._writer.run(lambda db: db.execute("DELETE FROM deliveries WHERE webhook_id = ?", (webhook_id,)))

    def sweep(self, before: Millis, limit: int) -> int:
        # Most often nothing is old: then nothing is written. What waits again by now stays.
        old = self._readers.rows(_OLD, (before, limit))
        return self._writer.run(lambda db: db.executemany(_FORGET, old).rowcount) if old else 0

    def _found(self, where: str, values: tuple[Any, ...]) -> list[Delivery]:
        rows = self._readers.rows(f"SELECT doc FROM deliveries WHERE {where}", values)
        return [_delivery_from(doc) for (doc,) in rows]


def delivery_row(delivery: Delivery) -> tuple[Any, ...]:
    """What is stored of a delivery."""
    return (
        delivery.id,
        delivery.webhook_id,
        delivery.created_at,
        delivery.due_at,
        encode(delivery),
    )

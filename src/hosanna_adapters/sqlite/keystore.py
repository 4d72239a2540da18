"""The slot of the store's wrapped secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.writer import Writer

_READ: Final = "SELECT wrapped FROM secrets WHERE name = 'store'"


class SqliteKeystore:
    """`Keystore` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def wrapped(self) -> bytes | None:
        row = self._readers.row(_READ)
        return None if row is None else row[0]

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        def work(db: sqlite3.Connection) -> bytes:
            row = db.execute(_READ).fetchone()
            held: bytes | None = None if row is None else row[0]
            if held is not None and held != instead_of:
                return held
            db.execute("INSERT OR REPLACE INTO secrets (name, wrapped) VALUES ('store', ?)", (wrapped,))
            return wrapped

        return self._writer.run(work)

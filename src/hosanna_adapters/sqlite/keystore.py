"""The slot of the store's wrapped secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.writer import Writer

_SECRET: Final = "store"  # noqa: S105  # the name of a slot
_MARK: Final = "mark"
_READ: Final = "SELECT wrapped FROM secrets WHERE name = ?"


class SqliteKeystore:
    """`Keystore` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def wrapped(self) -> bytes | None:
        return self._held(_SECRET)

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        return self._keep(_SECRET, wrapped, instead_of)

    def mark(self) -> bytes | None:
        return self._held(_MARK)

    def keep_mark(self, mark: bytes, instead_of: bytes | None) -> bytes:
        return self._keep(_MARK, mark, instead_of)

    def _held(self, slot: str) -> bytes | None:
        row = self._readers.row(_READ, (slot,))
        return None if row is None else row[0]

    def _keep(self, slot: str, value: bytes, instead_of: bytes | None) -> bytes:
        def work(db: sqlite3.Connection) -> bytes:
            row = db.execute(_READ, (slot,)).fetchone()
            held: bytes | None = None if row is None else row[0]
            if held is not None and held != instead_of:
                return held
            db.execute("INSERT OR REPLACE INTO secrets (name, wrapped) VALUES (?, ?)", (slot, value))
            return value

        return self._writer.run(work)

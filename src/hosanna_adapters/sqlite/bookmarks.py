"""How far each reader of the feed has come: two rows of the store's own notes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_adapters.sqlite.encrypting import read, write
from hosanna_adapters.sqlite.rows import encode
from hosanna_core.model.ids import Id, Millis

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.feed import Cursor

_lease_from = msgspec.msgpack.Decoder(tuple[Id, Millis]).decode
_READER: Final = "bookmarks.reader:"
_PLACE: Final = "bookmarks.place:"


class SqliteBookmarks:
    """`Bookmarks` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            held = read(db, _READER + reader)
            held_by, held_until = (holder, 0) if held is None else _lease_from(held)
            if held_by != holder and now < held_until:
                return False
            write(db, _READER + reader, encode((holder, until)))
            return True

        return self._writer.run(work)

    def place(self, reader: str) -> Cursor | None:
        row = self._readers.row("SELECT value FROM meta WHERE name = ?", (_PLACE + reader,))
        return None if row is None else bytes(row[0])

    def move(self, reader: str, was: Cursor | None, place: Cursor) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            if read(db, _PLACE + reader) != was:
                return False
            write(db, _PLACE + reader, place)
            return True

        return self._writer.run(work)

"""Encrypting a store that is not, and bringing one that is under another key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.encrypting import HALF, read, set_on, state_of, write
from hosanna_adapters.sqlite.roots import JobRoot, UserRoot
from hosanna_adapters.sqlite.rows import encode, job_from, user_from
from hosanna_adapters.sqlite.shelves import DOCUMENTS, SHELVES, SUBSCRIPTIONS, USERS
from hosanna_adapters.sqlite.telling import subscribe, subscription_from
from hosanna_adapters.sqlite.veils import HalfEncrypted, place
from hosanna_adapters.sqlite.wiping import rewrite
from hosanna_core.model.change import Change

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.shelves import Position, Shelf
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.ports import Encryption

_REACHED: Final = "converted"
_reached_from = msgspec.msgpack.Decoder(tuple[int, list[Any] | None]).decode


class Rekeying:
    """`Reencryption` of an encrypted store, beside others who write: what they wrote meanwhile is left as it is."""

    def __init__(self, readers: Readers, writer: Writer, encryption: Encryption) -> None:
        self._readers = readers
        self._writer = writer
        self._encryption = encryption
        self._shelf = 0
        self._after: Position | None = None

    def total(self) -> int:
        return sum(self._readers.rows(shelf.counting)[0][0] for shelf in SHELVES)

    def step(self, limit: int) -> int:
        while self._shelf < len(SHELVES):
            shelf = SHELVES[self._shelf]
            rows = self._readers.rows(shelf.reading(self._after), (*(self._after or ()), limit))
            if rows:
                self._encrypt(shelf, rows)
                self._after, _, _ = shelf.split(rows[-1])
                return len(rows)
            self._shelf, self._after = self._shelf + 1, None
        self._writer.run(lambda db: set_on(db, self._encryption))
        return 0

    def _encrypt(self, shelf: Shelf, rows: list[Any]) -> None:
        anew: dict[str, list[tuple[Any, ...]]] = {column: [] for column in shelf.columns}
        for position, key, values in map(shelf.split, rows):
            for column, stored in zip(shelf.columns, values, strict=True):
                if stored and not self._encryption.current(stored):
                    where = place(shelf.table, key, column)
                    plain = self._encryption.decrypt(stored, where)
                    # Nobody's later version is overwritten: it is no longer what was read.
                    anew[column].append((self._encryption.encrypt(plain, where), *position, stored))

        def work(db: sqlite3.Connection) -> None:
            for column, changes in anew.items():
                db.executemany(shelf.replacing(column), changes)

        if any(anew.values()):
            self._writer.run(work)


class Converting:
    """`Reencryption` of a store that was not encrypted, which nobody else uses meanwhile.

    How far it has come is written with what was encrypted: who was killed goes on from there. The store counts as
    encrypted only when all of it is, and nothing is left in clear between the rows.
    """

    def __init__(self, readers: Readers, writer: Writer, encryption: Encryption) -> None:
        self._readers = readers
        self._writer = writer
        self._encryption = encryption
        self._veil = HalfEncrypted(encryption)

    def total(self) -> int:
        return sum(self._readers.rows(shelf.counting)[0][0] for shelf in SHELVES)

    def step(self, limit: int) -> int:
        looked_at = self._writer.run(lambda db: self._convert(db, limit))
        if looked_at == 0:
            self._writer.apart(rewrite)
            self._writer.run(self._finish)
        return looked_at

    def _convert(self, db: sqlite3.Connection, limit: int) -> int:
        if state_of(db) != HALF:
            return 0
        number, last = _reached_from(read(db, _REACHED) or encode((0, None)))
        after = None if last is None else tuple(last)
        for number_now in range(number, len(SHELVES)):
            shelf = SHELVES[number_now]
            rows = db.execute(shelf.reading(after), (*(after or ()), limit)).fetchall()
            for row in rows:
                _encrypt_row(db, shelf, row, self._veil)
            if rows:
                position, _, _ = shelf.split(rows[-1])
                write(db, _REACHED, encode((number_now, position)))
                return len(rows)
            after = None
        return 0

    def _finish(self, db: sqlite3.Connection) -> None:
        if state_of(db) == HALF:
            set_on(db, self._encryption)
            db.execute("DELETE FROM meta WHERE name = ?", (_REACHED,))


def _encrypt_row(db: sqlite3.Connection, shelf: Shelf, row: tuple[Any, ...], veil: Veil) -> None:
    """Store a row as it would have been stored in an encrypted store, words and addresses among it."""
    position, key, values = shelf.split(row)
    if shelf is DOCUMENTS:
        job = job_from(veil, key, values[0])
        job_root = JobRoot(Change(root=job, expected=job.version), veil)
        job_root.check(db)
        job_root.store(db)
    elif shelf is USERS:
        user = user_from(veil, key, values[0])
        user_root = UserRoot(Change(root=user, expected=user.version), veil)
        user_root.check(db)
        user_root.store(db)
    elif shelf is SUBSCRIPTIONS:
        subscribe(db, subscription_from(veil, key, values[0]), veil)
    else:
        for column, stored in zip(shelf.columns, values, strict=True):
            if stored:
                plain = veil.show(stored, shelf.table, key, column)
                msgspec.msgpack.decode(plain)
                hidden = veil.hide(plain, shelf.table, key, column)
                db.execute(shelf.replacing(column), (hidden, *position, stored))

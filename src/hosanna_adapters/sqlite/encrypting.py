"""Whether a store is encrypted: it is wholly or not at all, or on the way from the one to the other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.connections import connect, immediate, is_taken, reraise
from hosanna_adapters.sqlite.patience import deadline
from hosanna_adapters.sqlite.veils import Encrypted, HalfEncrypted, InClear, place
from hosanna_core.errors import EncryptionMismatch, Undecipherable

if TYPE_CHECKING:
    from pathlib import Path

    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.ports import Encryption

OFF: Final = b"off"
HALF: Final = b"half"
ON: Final = b"on"
_READ: Final = "SELECT value FROM meta WHERE name = ?"
_WRITE: Final = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
_HOLDING: Final = (
    "jobs", "users", "calendars", "sessions", "audit", "announcements", "subscriptions", "day_plans",
    "api_keys", "webhooks", "firms",
)  # fmt: skip
"""Tables of which one is not empty in a store that holds anything to encrypt."""
_PROBE_AT: Final = place("meta", "probe", "value")
_IN_USE: Final = "Others have the store open: stop all servers first. Nothing was changed."


def veil_of(db: sqlite3.Connection, encryption: Encryption | None, *, converting: bool) -> Veil:
    """How a store that is settled keeps its values.

    Raises EncryptionMismatch where that does not go with *encryption*, or the keys are not those of the store.
    """
    state = state_of(db)
    if encryption is None:
        if state != OFF:
            raise EncryptionMismatch(encrypted=True)
        return InClear()
    if state == ON:
        _check_probe(db, encryption)
        return Encrypted(encryption)
    if state == HALF and converting:
        return HalfEncrypted(encryption)
    raise EncryptionMismatch(encrypted=False)


def settle(db: sqlite3.Connection, encryption: Encryption | None) -> None:
    """Decide whether a new store is to be encrypted, once for all: whoever opens it first does."""
    if state_of(db) is None:
        with immediate(db, deadline()):
            # Another process may have decided meanwhile.
            if state_of(db) is None and encryption is not None and _is_empty(db):
                set_on(db, encryption)
            elif state_of(db) is None:
                write(db, "encryption", OFF)


def state_of(db: sqlite3.Connection) -> bytes | None:
    """OFF, HALF, ON, or None before anybody decided."""
    return read(db, "encryption")


def set_on(db: sqlite3.Connection, encryption: Encryption) -> None:
    """Note that everything is encrypted, and keep what shows under which keys; the first is *encryption*'s."""
    write(db, "encryption", ON)
    write(db, "probe", encryption.encrypt(b"hosanna", _PROBE_AT))


def begin_conversion(path: Path) -> None:
    """Where the store is not encrypted, note that it will be: from now on nobody opens it but to convert it.

    Raises Busy while anybody else has it open: they would go on to write in clear.
    """
    try:
        with closing(connect(path, writing=True, alone=True)) as db:
            db.execute("BEGIN IMMEDIATE")
            if state_of(db) == OFF:
                write(db, "encryption", HALF)
            db.execute("COMMIT")
    except sqlite3.OperationalError as error:
        reraise(error, _IN_USE if is_taken(error) else None)


def read(db: sqlite3.Connection, name: str) -> bytes | None:
    """A note about the store."""
    row = db.execute(_READ, (name,)).fetchone()
    return None if row is None else row[0]


def write(db: sqlite3.Connection, name: str, value: bytes) -> None:
    """Make or replace a note about the store."""
    db.execute(_WRITE, (name, value))


def _is_empty(db: sqlite3.Connection) -> bool:
    held = " OR ".join(f"EXISTS (SELECT 1 FROM {table})" for table in _HOLDING)
    return not db.execute(f"SELECT {held}").fetchone()[0]


def _check_probe(db: sqlite3.Connection, encryption: Encryption) -> None:
    try:
        encryption.decrypt(read(db, "probe") or b"", _PROBE_AT)
    except Undecipherable as error:
        raise EncryptionMismatch(encrypted=True) from error

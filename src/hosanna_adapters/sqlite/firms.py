"""The settings: reading them, and writing them in a change's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_adapters.sqlite.rows import encode
from hosanna_core.errors import StaleVersion
from hosanna_core.model.firm import THE_FIRM, Firm

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.change import Change

_firm_from = msgspec.msgpack.Decoder(Firm).decode
_KEEP: Final = """
    INSERT INTO firms (id, version, doc) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, doc = excluded.doc
"""


class SqliteFirms:
    """`Firms` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self) -> Firm:
        row = self._readers.row("SELECT doc FROM firms WHERE id = ?", (THE_FIRM,))
        return Firm() if row is None else _firm_from(self._veil.show(row[0], "firms", THE_FIRM, "doc"))


class FirmRoot:
    """The settings on their way into the file."""

    def __init__(self, change: Change[Firm], veil: Veil) -> None:
        root = change.root
        self._expected = change.expected
        self._row = (root.id, root.version, veil.hide(encode(root), "firms", root.id, "doc"))

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is)."""
        found = db.execute("SELECT version FROM firms WHERE id = ?", self._row[:1]).fetchone()
        if self._expected != (None if found is None else found[0]):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write them."""
        db.execute(_KEEP, self._row)

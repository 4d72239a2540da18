"""Announcements: reading them, and writing one in a change's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_adapters.sqlite.rows import AFTER_EVERY_ID, encode
from hosanna_core.errors import StaleVersion
from hosanna_core.model.announcement import Announcement

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.change import Change
    from hosanna_core.model.ids import Id, Millis, Version
    from hosanna_core.model.people import Role

_decoded = msgspec.msgpack.Decoder(Announcement).decode
_KEEP: Final = """
    INSERT INTO announcements (id, version, role, expires_at, doc) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE
    SET version = excluded.version, role = excluded.role, expires_at = excluded.expires_at, doc = excluded.doc
"""
_MANY: Final = "SELECT a.id, a.doc FROM json_each(?) AS r CROSS JOIN announcements AS a ON a.id = r.value"
_LIVING: Final = "id < ? AND (expires_at IS NULL OR expires_at > ?)"


class SqliteAnnouncements:
    """`Announcements` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self, announcement_id: Id) -> Announcement | None:
        row = self._readers.row("SELECT id, doc FROM announcements WHERE id = ?", (announcement_id,))
        return None if row is None else announcement_from(self._veil, *row)

    def get_many(self, announcement_ids: Sequence[Id]) -> Mapping[Id, Announcement]:
        rows = self._readers.rows(_MANY, (json.dumps(list(announcement_ids)),))
        return {row[0]: announcement_from(self._veil, *row) for row in rows}

    def page(self, role: Role | None, now: Millis, after: Id | None, limit: int) -> Sequence[Announcement]:
        meant = "" if role is None else " AND (role IS NULL OR role = ?)"
        values = (AFTER_EVERY_ID if after is None else after, now, *(() if role is None else (role.value,)))
        # What has expired, or is for others, is passed over: there are few announcements.
        rows = self._readers.rows(
            f"SELECT id, doc FROM announcements WHERE {_LIVING}{meant} ORDER BY id DESC LIMIT ?",
            (*values, limit),
        )
        return tuple(announcement_from(self._veil, *row) for row in rows)


def announcement_from(veil: Veil, announcement_id: Id, doc: bytes) -> Announcement:
    """The announcement of a stored row."""
    return _decoded(veil.show(doc, "announcements", announcement_id, "doc"))


def announcement_row(root: Announcement, veil: Veil) -> tuple[Id, Version, Role | None, Millis | None, bytes]:
    """What is stored of an announcement."""
    doc = veil.hide(encode(root), "announcements", root.id, "doc")
    return root.id, root.version, root.role, root.expires_at, doc


class AnnouncementRoot:
    """One announcement on its way into the file."""

    def __init__(self, change: Change[Announcement], veil: Veil) -> None:
        root = change.root
        self._expected = change.expected
        self._row = announcement_row(root, veil)

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is)."""
        found = db.execute("SELECT version FROM announcements WHERE id = ?", self._row[:1]).fetchone()
        if self._expected != (None if found is None else found[0]):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write it."""
        db.execute(_KEEP, self._row)

"""Sessions: reading them, and writing them in a change's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from hosanna_adapters.sqlite.rows import encode
from hosanna_core.errors import StaleVersion
from hosanna_core.model.session import Session

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.change import Change
    from hosanna_core.model.ids import Millis, UserId, Version
    from hosanna_core.model.session import SessionId

_decoded = msgspec.msgpack.Decoder(Session).decode
_SWEPT_AT_ONCE: Final = 20
"""Expired sessions that a new one takes with it: they go faster than they come, and no commit grows long."""
_SWEEP: Final = """
    DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
"""


class SessionRow(NamedTuple):
    """The columns of `sessions`, in their order."""

    id: SessionId
    version: Version
    user_id: UserId
    address_key: bytes
    expires_at: Millis
    ended: bool
    doc: bytes


_INSERT: Final = f"""
    INSERT INTO sessions ({", ".join(SessionRow._fields)}) VALUES ({", ".join("?" * len(SessionRow._fields))})
"""
_KEEP: Final = f"""
    {_INSERT}
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SessionRow._fields[1:])}
"""

_GOING_ON: Final = "SELECT id, doc FROM sessions WHERE id = ? AND user_id = ? AND ended = 0"


class SqliteSessions:
    """`Sessions` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self, session_id: SessionId) -> Session | None:
        row = self._readers.row("SELECT id, doc FROM sessions WHERE id = ?", (session_id,))
        return None if row is None else session_from(self._veil, *row)

    def of(self, user_id: UserId, limit: int) -> Sequence[Session]:
        rows = self._readers.rows(
            "SELECT id, doc FROM sessions WHERE user_id = ? AND ended = 0 ORDER BY id DESC LIMIT ?",
            (user_id, limit),
        )
        return tuple(session_from(self._veil, *row) for row in rows)

    def all_of(self, user_id: UserId, after: SessionId | None, limit: int) -> Sequence[Session]:
        below = "" if after is None else " AND id < ?"
        rows = self._readers.rows(
            # Those of one user, sorted: few, and seldom asked for.
            "SELECT id, doc FROM sessions INDEXED BY sessions_places"
            f" WHERE user_id = ?{below} ORDER BY id DESC LIMIT ?",
            (user_id, limit) if after is None else (user_id, after, limit),
        )
        return tuple(session_from(self._veil, *row) for row in rows)

    def known(self, user_id: UserId, address_key: bytes) -> bool:
        row = self._readers.row(
            "SELECT 1 FROM sessions WHERE user_id = ? AND address_key = ? LIMIT 1", (user_id, address_key)
        )
        return row is not None


def session_from(veil: Veil, session_id: SessionId, doc: bytes) -> Session:
    """The session of a stored row."""
    return _decoded(veil.show(doc, "sessions", session_id, "doc"))


def session_row(session: Session, veil: Veil) -> SessionRow:
    """What is stored of a session."""
    return SessionRow(
        session.id,
        session.version,
        session.user_id,
        session.address_key,
        session.expires_at,
        session.ended_at is not None,
        veil.hide(encode(session), "sessions", session.id, "doc"),
    )


class SessionRoot:
    """One session on its way into the file."""

    def __init__(self, change: Change[Session], veil: Veil) -> None:
        self._expected = change.expected
        self._opened_at = change.root.created_at if change.expected is None else None
        self._row = session_row(change.root, veil)

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is), and has not ended."""
        found = db.execute("SELECT version, ended FROM sessions WHERE id = ?", (self._row.id,)).fetchone()
        if (None if found is None else found[0]) != self._expected or (found is not None and found[1]):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write it."""
        if self._opened_at is not None:
            _sweep(db, self._opened_at)
        db.execute(_KEEP, self._row)


class Opening:
    """A new session that a user's change brings with it."""

    def __init__(self, session: Session, veil: Veil) -> None:
        self._row = session_row(session, veil)
        self._at = session.created_at

    def store(self, db: sqlite3.Connection) -> None:
        """Write it."""
        _sweep(db, self._at)
        db.execute(_INSERT, self._row)


class Ending:
    """Sessions of a user that end with the user's change; who has ended, or is somebody else's, stays as it is."""

    def __init__(self, ids: Sequence[SessionId], user_id: UserId, at: Millis, veil: Veil) -> None:
        self._ids = ids
        self._user_id = user_id
        self._at = at
        self._veil = veil

    def store(self, db: sqlite3.Connection) -> None:
        """End them: nothing is left that a token could fit."""
        for session_id in self._ids:
            row = db.execute(_GOING_ON, (session_id, self._user_id)).fetchone()
            if row is not None:
                session = session_from(self._veil, *row)
                over = msgspec.structs.replace(session, ended_at=self._at, token_hash=b"", spent=())
                db.execute(_KEEP, session_row(over, self._veil))


def _sweep(db: sqlite3.Connection, now: Millis) -> None:
    db.execute(_SWEEP, (now, _SWEPT_AT_ONCE))

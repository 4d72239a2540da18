"""Reading users and the technicians' calendars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.rows import calendar_from, user_from
from hosanna_core.model.people import Caller, Role
from hosanna_core.model.query import Page, Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.query import UserFilter, UserPage
    from hosanna_core.model.schedule import Calendar

_MANY: Final = "SELECT u.id, u.doc FROM json_each(?) AS r CROSS JOIN users AS u ON u.id = r.value"
_CALLER: Final = "SELECT role, active, session_epoch, revoked, second_factor FROM users WHERE id = ?"


class SqliteUsers:
    """`Users` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self, user_id: UserId) -> User | None:
        row = self._readers.row("SELECT id, doc FROM users WHERE id = ?", (user_id,))
        return None if row is None else user_from(self._veil, *row)

    def get_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, User]:
        rows = self._readers.rows(_MANY, (json.dumps(list(user_ids)),))
        return {row[0]: user_from(self._veil, *row) for row in rows}

    def by_email(self, email: str) -> User | None:
        stored = self._veil.token("email", email)
        row = self._readers.row("SELECT id, doc FROM users WHERE email = ?", (stored,))
        return None if row is None else user_from(self._veil, *row)

    def caller(self, user_id: UserId) -> Caller | None:
        row = self._readers.row(_CALLER, (user_id,))
        if row is None:
            return None
        role, active, epoch, revoked, second_factor = row
        return Caller(
            id=user_id,
            role=Role(role),
            active=bool(active),
            session_epoch=epoch,
            revoked=tuple(revoked.split()),
            second_factor=bool(second_factor),
        )

    def calling(self, user_id: UserId) -> Caller | None:
        return self.caller(user_id)

    def page(self, wanted: UserFilter, after: Id | None, limit: int) -> UserPage:
        rows = self._readers.rows(*page_query(wanted, after, limit + 1))
        users = tuple(user_from(self._veil, *row) for row in rows[:limit])
        return Page(users, Position((), users[-1].id) if len(rows) > limit else None)


def page_query(wanted: UserFilter, after: Id | None, limit: int) -> tuple[str, list[str | int]]:
    """The statement that reads a page of users, and its values."""
    conditions, values = ["id > ?"], [after or ""]
    found: list[str | int] = [*values]
    if wanted.role is not None:
        conditions.append("role = ?")
        found.append(wanted.role.value)
    if wanted.active is not None:
        conditions.append("active = ?")
        found.append(int(wanted.active))
    return f"SELECT id, doc FROM users WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?", [*found, limit]


class SqliteCalendars:
    """`Calendars` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def of(self, technician_ids: Sequence[UserId]) -> Mapping[UserId, Calendar]:
        if not technician_ids:
            return {}
        marks = ", ".join("?" * len(technician_ids))
        rows = self._readers.rows(
            f"SELECT technician_id, doc FROM calendars WHERE technician_id IN ({marks})", technician_ids
        )
        return {row[0]: calendar_from(self._veil, *row) for row in rows}

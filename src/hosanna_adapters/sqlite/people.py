"""Reading users and the technicians' calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_adapters.sqlite.rows import calendar_from, user_from
from hosanna_core.model.people import Caller, Role
from hosanna_core.model.query import Page, Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.people import User
    from hosanna_core.model.query import UserFilter, UserPage
    from hosanna_core.model.schedule import Calendar


class SqliteUsers:
    """`Users` on SQLite."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def get(self, user_id: UserId) -> User | None:
        row = self._readers.row("SELECT doc FROM users WHERE id = ?", (user_id,))
        return None if row is None else user_from(row[0])

    def by_email(self, email: str) -> User | None:
        row = self._readers.row("SELECT doc FROM users WHERE email = ?", (email,))
        return None if row is None else user_from(row[0])

    def caller(self, user_id: UserId) -> Caller | None:
        row = self._readers.row("SELECT role, active, session_epoch FROM users WHERE id = ?", (user_id,))
        if row is None:
            return None
        role, active, epoch = row
        return Caller(id=user_id, role=Role(role), active=bool(active), session_epoch=epoch)

    def page(self, wanted: UserFilter, after: Id | None, limit: int) -> UserPage:
        rows = self._readers.rows(*page_query(wanted, after, limit + 1))
        users = tuple(user_from(doc) for (doc,) in rows[:limit])
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
    return f"SELECT doc FROM users WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?", [*found, limit]


class SqliteCalendars:
    """`Calendars` on SQLite."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def of(self, technician_ids: Sequence[UserId]) -> Mapping[UserId, Calendar]:
        marks = ", ".join("?" * len(technician_ids))
        rows = self._readers.rows(
            f"SELECT doc FROM calendars WHERE technician_id IN ({marks})", technician_ids
        )
        return {calendar.technician_id: calendar for calendar in (calendar_from(doc) for (doc,) in rows)}

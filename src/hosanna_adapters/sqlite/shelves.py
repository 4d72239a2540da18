"""Where in the file there are values to encrypt."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

Position = tuple[Any, ...]


class Shelf(NamedTuple):
    """A table that holds some: what its rows are ordered and told apart by, and the key and columns of the values."""

    table: str
    position: tuple[str, ...]
    key: str
    columns: tuple[str, ...]

    @property
    def counting(self) -> str:
        """How many rows there are."""
        return f"SELECT count(*) FROM {self.table}"

    def reading(self, after: Position | None) -> str:
        """The next rows: position, key, columns. Takes the position, where there is one, and how many."""
        whole = ", ".join(self.position)
        beyond = f"WHERE ({whole}) > ({', '.join('?' * len(self.position))})" if after is not None else ""
        return (
            f"SELECT {', '.join((*self.position, self.key, *self.columns))} FROM {self.table} "
            f"{beyond} ORDER BY {whole} LIMIT ?"
        )

    def replacing(self, column: str) -> str:
        """Put a value in the place of another: takes the new one, the position, and the old one."""
        here = " AND ".join(f"{part} = ?" for part in self.position)
        return f"UPDATE {self.table} SET {column} = ? WHERE {here} AND {column} = ?"

    def split(self, row: tuple[Any, ...]) -> tuple[Position, str, tuple[bytes, ...]]:
        """Position, key and values of a row that was read."""
        k = len(self.position)
        return row[:k], row[k], row[k + 1 :]


_JOB: Final = "(SELECT id FROM jobs WHERE n = job)"
DOCUMENTS: Final = Shelf("documents", ("job",), _JOB, ("doc", "body"))
USERS: Final = Shelf("users", ("id",), "id", ("doc",))
SUBSCRIPTIONS: Final = Shelf("subscriptions", ("id",), "id", ("doc",))
SHELVES: Final = (
    DOCUMENTS,
    Shelf("entries", ("job", "version"), f"{_JOB} || '.' || version", ("open",)),
    USERS,
    Shelf("calendars", ("technician_id",), "technician_id", ("doc",)),
    Shelf("sessions", ("id",), "id", ("doc",)),
    Shelf("audit", ("k",), "id", ("personal",)),
    Shelf("announcements", ("id",), "id", ("doc",)),
    Shelf("day_plans", ("id",), "id", ("doc",)),
    Shelf("api_keys", ("id",), "id", ("doc",)),
    Shelf("webhooks", ("id",), "id", ("doc",)),
    Shelf("firms", ("id",), "id", ("doc",)),
    SUBSCRIPTIONS,
)

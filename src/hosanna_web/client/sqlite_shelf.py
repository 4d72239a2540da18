"""A shelf in one SQLite file."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

_OWNERS_ALONE: Final = 0o600
_BUSY_SECONDS: Final = 5.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS kept (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, key)
)
"""
_PUT: Final = """
INSERT INTO kept (kind, key, value) VALUES (?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
"""


class SqliteShelf:
    """A shelf that outlives the process and the power. Its file is its owner's alone: a refresh token is in it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _OWNERS_ALONE))
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            Path(path), timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
            self._database.execute(statement)

    def all(self, kind: str) -> dict[str, Any]:
        """Everything of a kind."""
        query = "SELECT key, value FROM kept WHERE kind = ? ORDER BY n"
        with self._lock, closing(self._database.execute(query, (kind,))) as rows:
            return {key: json.loads(value) for key, value in rows}

    def change(
        self,
        kind: str,
        *,
        put: Mapping[str, Any] | None = None,
        remove: Iterable[str] = (),
        clear: bool = False,
    ) -> None:
        """Change a kind."""
        written = [(kind, key, json.dumps(value)) for key, value in (put or {}).items()]
        with self._changing() as database:
            if clear:
                database.execute("DELETE FROM kept WHERE kind = ?", (kind,))
            database.executemany(
                "DELETE FROM kept WHERE kind = ? AND key = ?", [(kind, key) for key in remove]
            )
            database.executemany(_PUT, written)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def __enter__(self) -> SqliteShelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

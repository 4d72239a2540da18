"""The default store: one SQLite file, durable, nothing to install."""

from hosanna_adapters.sqlite.store import SqliteStore, SqliteTooOld

__all__ = ["SqliteStore", "SqliteTooOld"]

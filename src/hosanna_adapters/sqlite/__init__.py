"""The default store: one SQLite file, durable, nothing to install."""

from hosanna_adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]

"""API keys and webhooks: reading them, and writing one in a change's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hosanna_adapters.sqlite.rows import AFTER_EVERY_ID, encode
from hosanna_core.errors import StaleVersion
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.webhook import Webhook

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.change import Change
    from hosanna_core.model.ids import Id

_key_from = msgspec.msgpack.Decoder(ApiKey).decode
_webhook_from = msgspec.msgpack.Decoder(Webhook).decode


class SqliteApiKeys:
    """`ApiKeys` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self, key_id: Id) -> ApiKey | None:
        row = self._readers.row("SELECT id, doc FROM api_keys WHERE id = ?", (key_id,))
        return None if row is None else self._shown(*row)

    def page(self, after: Id | None, limit: int) -> Sequence[ApiKey]:
        rows = self._readers.rows(
            "SELECT id, doc FROM api_keys WHERE id < ? ORDER BY id DESC LIMIT ?",
            (AFTER_EVERY_ID if after is None else after, limit),
        )
        return [self._shown(*row) for row in rows]

    def _shown(self, key_id: Id, doc: bytes) -> ApiKey:
        return _key_from(self._veil.show(doc, "api_keys", key_id, "doc"))


class SqliteWebhooks:
    """`Webhooks` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def get(self, webhook_id: Id) -> Webhook | None:
        row = self._readers.row("SELECT id, doc FROM webhooks WHERE id = ?", (webhook_id,))
        return None if row is None else self._shown(*row)

    def page(self, after: Id | None, limit: int) -> Sequence[Webhook]:
        rows = self._readers.rows(
            """
            SELECT id, doc FROM webhooks INDEXED BY webhooks_living
            WHERE gone = 0 AND id < ? ORDER BY id DESC LIMIT ?
            """,
            (AFTER_EVERY_ID if after is None else after, limit),
        )
        return [self._shown(*row) for row in rows]

    def _shown(self, webhook_id: Id, doc: bytes) -> Webhook:
        return _webhook_from(self._veil.show(doc, "webhooks", webhook_id, "doc"))


class IntegrationRoot:
    """One key or webhook on its way into the file."""

    def __init__(self, change: Change[ApiKey] | Change[Webhook], veil: Veil) -> None:
        root = change.root
        self._expected = change.expected
        self._table, self._row = (
            ("api_keys", api_key_row(root, veil))
            if isinstance(root, ApiKey)
            else ("webhooks", webhook_row(root, veil))
        )

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is)."""
        found = db.execute(f"SELECT version FROM {self._table} WHERE id = ?", self._row[:1]).fetchone()
        if self._expected != (None if found is None else found[0]):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write it."""
        db.execute(
            f"INSERT OR REPLACE INTO {self._table} VALUES ({', '.join('?' * len(self._row))})", self._row
        )


def api_key_row(key: ApiKey, veil: Veil) -> tuple[Any, ...]:
    """The row of a key."""
    return key.id, key.version, veil.hide(encode(key), "api_keys", key.id, "doc")


def webhook_row(hook: Webhook, veil: Veil) -> tuple[Any, ...]:
    """The row of a webhook: beside its document stands whether it was deleted."""
    doc = veil.hide(encode(hook), "webhooks", hook.id, "doc")
    return hook.id, hook.version, doc, hook.deleted_at is not None

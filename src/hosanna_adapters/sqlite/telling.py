"""How people are reached: who follows which jobs, which devices want push messages, which tickets were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_adapters.sqlite.receipts import check_receipt, keep_receipt
from hosanna_adapters.sqlite.rows import encode
from hosanna_core.model.push import PushSubscription

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, JobId, Millis, UserId

_decoded = msgspec.msgpack.Decoder(PushSubscription).decode
# Whatever has its id or its endpoint gives way.
_SUBSCRIBE: Final = "INSERT OR REPLACE INTO subscriptions (id, user_id, endpoint, doc) VALUES (?, ?, ?, ?)"
_SWEPT_AT_ONCE: Final = 20
"""Expired tickets that a new one takes with it: they go faster than they come, and no commit grows long."""
_SWEEP: Final = """
    DELETE FROM tickets WHERE id IN (SELECT id FROM tickets WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
"""


class SqliteFollowers:
    """`Followers` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def follow(self, user_id: UserId, job_id: JobId) -> None:
        self._write("INSERT OR IGNORE INTO followers (job_id, user_id) VALUES (?, ?)", job_id, user_id)

    def unfollow(self, user_id: UserId, job_id: JobId) -> None:
        self._write("DELETE FROM followers WHERE job_id = ? AND user_id = ?", job_id, user_id)

    def follows(self, user_id: UserId, job_id: JobId) -> bool:
        row = self._readers.row("SELECT 1 FROM followers WHERE job_id = ? AND user_id = ?", (job_id, user_id))
        return row is not None

    def of(self, job_id: JobId) -> Sequence[UserId]:
        rows = self._readers.rows(
            "SELECT user_id FROM followers WHERE job_id = ? ORDER BY user_id", (job_id,)
        )
        return tuple(user_id for (user_id,) in rows)

    def followed_by(self, user_id: UserId, after: JobId | None, limit: int) -> Sequence[JobId]:
        rows = self._readers.rows(
            "SELECT job_id FROM followers WHERE user_id = ? AND job_id > ? ORDER BY job_id LIMIT ?",
            (user_id, after or "", limit),
        )
        return tuple(job_id for (job_id,) in rows)

    def _write(self, sql: str, job_id: JobId, user_id: UserId) -> None:
        self._writer.run(lambda db: db.execute(sql, (job_id, user_id)))


class SqliteSubscriptions:
    """`Subscriptions` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer, veil: Veil) -> None:
        self._readers = readers
        self._writer = writer
        self._veil = veil

    def keep(self, subscription: PushSubscription, receipt: Receipt | None = None) -> None:
        def work(db: sqlite3.Connection) -> None:
            if receipt is not None:
                check_receipt(db, receipt)
                keep_receipt(db, receipt)
            subscribe(db, subscription, self._veil)

        self._writer.run(work)

    def of(self, user_id: UserId) -> Sequence[PushSubscription]:
        rows = self._readers.rows(
            "SELECT id, doc FROM subscriptions WHERE user_id = ? ORDER BY id", (user_id,)
        )
        return tuple(subscription_from(self._veil, *row) for row in rows)

    def drop(self, user_id: UserId, subscription_id: Id) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            values = (subscription_id, user_id)
            return db.execute("DELETE FROM subscriptions WHERE id = ? AND user_id = ?", values).rowcount == 1

        return self._writer.run(work)


def subscribe(db: sqlite3.Connection, subscription: PushSubscription, veil: Veil) -> None:
    """Write a subscription in the place of whatever had its endpoint."""
    db.execute(_SUBSCRIBE, subscription_row(subscription, veil))


def subscription_row(subscription: PushSubscription, veil: Veil) -> tuple[Id, UserId, str, bytes]:
    """What is stored of a subscription."""
    endpoint = veil.token("endpoint", subscription.endpoint)
    doc = veil.hide(encode(subscription), "subscriptions", subscription.id, "doc")
    return subscription.id, subscription.user_id, endpoint, doc


def subscription_from(veil: Veil, subscription_id: Id, doc: bytes) -> PushSubscription:
    """The subscription of a stored row."""
    return _decoded(veil.show(doc, "subscriptions", subscription_id, "doc"))


class SqliteTickets:
    """`Tickets` on SQLite."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def redeem(self, ticket_id: Id, now: Millis, expires_at: Millis) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            db.execute(_SWEEP, (now, _SWEPT_AT_ONCE))
            used = db.execute(
                "INSERT OR IGNORE INTO tickets (id, expires_at) VALUES (?, ?)", (ticket_id, expires_at)
            )
            return used.rowcount == 1

        return self._writer.run(work)

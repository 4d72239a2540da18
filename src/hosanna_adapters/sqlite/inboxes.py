"""The inbox that every user has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.notice import Notice

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.ids import Id, Millis, UserId

_AFTER_EVERY_ID: Final = "~"
"""Ids are lower-case hexadecimal: this sorts behind all of them."""


class SqliteInboxes:
    """`Inboxes` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def notify(self, notice: Notice) -> None:
        self._writer.run(lambda db: keep_notice(db, notice))

    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        rows = self._readers.rows(
            """
            SELECT id, user_id, kind, job_id, created_at, read_at FROM notices
            WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?
            """,
            (user_id, _AFTER_EVERY_ID if after is None else after, limit),
        )
        return tuple(
            Notice(id=id_, user_id=owner, kind=kind, job_id=job_id, created_at=created_at, read_at=read_at)
            for id_, owner, kind, job_id, created_at, read_at in rows
        )

    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            marked = db.execute(
                "UPDATE notices SET read_at = coalesce(read_at, ?) WHERE user_id = ? AND id = ?",
                (at, user_id, notice_id),
            )
            return marked.rowcount == 1

        return self._writer.run(work)


def keep_notice(db: sqlite3.Connection, notice: Notice) -> None:
    """Put a notice into its receiver's inbox, unless it is there already, read or not."""
    db.execute(
        """
        INSERT OR IGNORE INTO notices (id, user_id, kind, job_id, created_at, read_at) VALUES (?, ?, ?, ?, ?, ?)
        """,
        (notice.id, notice.user_id, notice.kind, notice.job_id, notice.created_at, notice.read_at),
    )

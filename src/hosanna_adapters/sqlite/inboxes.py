"""The inbox that every user has, and what waits in it to be told on other ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from hosanna_adapters.sqlite.feed import feed_row, tell
from hosanna_adapters.sqlite.receipts import check_receipt, keep_receipt
from hosanna_adapters.sqlite.rows import AFTER_EVERY_ID
from hosanna_core.model.notice import Channel, Notice
from hosanna_core.model.status import Status
from hosanna_core.rules import notices as told

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.feed import FeedRow
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, JobId, Millis, UserId


class NoticeRow(NamedTuple):
    """The columns of `notices` that are written and read, in this order."""

    user_id: UserId
    id: Id
    kind: str
    job_id: JobId | None
    status: str | None
    announcement_id: Id | None
    created_at: Millis
    expires_at: Millis | None
    read_at: Millis | None
    live: bool
    channels: str
    due_at: Millis | None


_COLUMNS: Final = ", ".join(NoticeRow._fields)
_READ: Final = f"SELECT {_COLUMNS} FROM notices"
_KEEP: Final = (
    f"INSERT OR IGNORE INTO notices ({_COLUMNS}) VALUES ({', '.join('?' * len(NoticeRow._fields))})"
)
_MANY: Final = f"""
    SELECT {", ".join(f"n.{name}" for name in NoticeRow._fields)} FROM json_each(?) AS r
    CROSS JOIN notices AS n ON n.user_id = json_extract(r.value, '$[0]') AND n.id = json_extract(r.value, '$[1]')
"""
_UNREAD: Final = """
    SELECT count(*) FROM notices
    WHERE user_id = ? AND read_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
"""
_UNREAD_OF: Final = """
    SELECT r.value, (
        SELECT count(*) FROM notices
        WHERE user_id = r.value AND read_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
    ) FROM json_each(?) AS r
"""
_MARK: Final = "UPDATE notices SET read_at = ? WHERE user_id = ? AND id = ? AND read_at IS NULL"
_MARK_ALL: Final = "UPDATE notices SET read_at = ? WHERE user_id = ? AND read_at IS NULL RETURNING id"
_DUE: Final = f"{_READ} WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"
_PUT_OFF: Final = "UPDATE notices SET due_at = ? WHERE user_id = ? AND id = ?"
_SETTLE: Final = "UPDATE notices SET channels = ?, due_at = ? WHERE user_id = ? AND id = ?"

# Each half walks the index by age; a notice is in one of them.
_OLD: Final = """
    SELECT user_id, id FROM notices WHERE read_at < ? AND due_at IS NULL
    UNION ALL
    SELECT user_id, id FROM notices WHERE read_at IS NULL AND created_at < ? AND due_at IS NULL
    LIMIT ?
"""
_FORGET: Final = "DELETE FROM notices WHERE user_id = ? AND id = ? AND due_at IS NULL"


class SqliteInboxes:
    """`Inboxes` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer) -> None:
        self._readers = readers
        self._writer = writer

    def notify(self, notice: Notice) -> None:
        telling = Telling((notice,))
        self._writer.run(lambda db: tell(db, telling.store(db)))

    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        return self._found(
            f"{_READ} WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
            (user_id, AFTER_EVERY_ID if after is None else after, limit),
        )

    def get(self, user_id: UserId, notice_id: Id) -> Notice | None:
        found = self._found(f"{_READ} WHERE user_id = ? AND id = ?", (user_id, notice_id))
        return found[0] if found else None

    def get_many(self, wanted: Sequence[tuple[UserId, Id]]) -> Mapping[Id, Notice]:
        return {notice.id: notice for notice in self._found(_MANY, (json.dumps(list(wanted)),))}

    def unread(self, user_id: UserId, now: Millis) -> int:
        ((count,),) = self._readers.rows(_UNREAD, (user_id, now))
        return int(count)

    def unread_of(self, user_ids: Sequence[UserId], now: Millis) -> Mapping[UserId, int]:
        return dict(self._readers.rows(_UNREAD_OF, (now, json.dumps(list(user_ids)))))

    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        event = feed_row(told.read(user_id, notice_id, at))

        def work(db: sqlite3.Connection) -> bool:
            if db.execute(_MARK, (at, user_id, notice_id)).rowcount == 1:
                tell(db, (event,))
                return True
            return _is_there(db, user_id, notice_id)

        return self._writer.run(work)

    def mark_all_read(self, user_id: UserId, at: Millis, receipt: Receipt | None = None) -> int:
        def work(db: sqlite3.Connection) -> int:
            if receipt is not None:
                check_receipt(db, receipt)
            read = sorted(notice_id for (notice_id,) in db.execute(_MARK_ALL, (at, user_id)).fetchall())
            tell(db, [feed_row(told.read(user_id, notice_id, at)) for notice_id in read])
            if receipt is not None:
                keep_receipt(db, msgspec.structs.replace(receipt, version=len(read)))
            return len(read)

        return self._writer.run(work)

    def take_due(self, now: Millis, until: Millis, limit: int) -> Sequence[Notice]:
        # Most often nothing is: then nothing is written, and nobody is kept waiting.
        if not self._found(_DUE, (now, 1)):
            return ()

        def work(db: sqlite3.Connection) -> list[Any]:
            rows = db.execute(_DUE, (now, limit)).fetchall()
            db.executemany(_PUT_OFF, [(until, user_id, notice_id) for user_id, notice_id, *_ in rows])
            return rows

        return tuple(map(_notice_from, self._writer.run(work)))

    def sweep(self, read_before: Millis, made_before: Millis, limit: int) -> int:
        # Most often nothing is old: then nothing is written. What waits again by now stays.
        old = self._readers.rows(_OLD, (read_before, made_before, limit))
        return self._writer.run(lambda db: db.executemany(_FORGET, old).rowcount) if old else 0

    def settle(self, notice: Notice) -> None:
        values = (_text(notice.channels), notice.due_at, notice.user_id, notice.id)
        self._writer.run(lambda db: db.execute(_SETTLE, values))

    def _found(self, sql: str, values: Sequence[Any]) -> tuple[Notice, ...]:
        return tuple(map(_notice_from, self._readers.rows(sql, values)))


class Telling:
    """Notices on their way into the inboxes of their receivers."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._rows = [(notice_row(notice), feed_row(told.created(notice))) for notice in notices]

    def store(self, db: sqlite3.Connection) -> list[FeedRow]:
        """Keep those that are not there already, read or not; answers what the feed has to tell of them."""
        return [event for row, event in self._rows if db.execute(_KEEP, row).rowcount == 1]


def _is_there(db: sqlite3.Connection, user_id: UserId, notice_id: Id) -> bool:
    found = db.execute("SELECT 1 FROM notices WHERE user_id = ? AND id = ?", (user_id, notice_id)).fetchone()
    return found is not None


def all_notices(db: sqlite3.Connection) -> Iterator[Notice]:
    """Every notice of everybody."""
    return map(_notice_from, db.execute(_READ))


def notice_row(notice: Notice) -> NoticeRow:
    """What is stored of a notice."""
    return NoticeRow(
        user_id=notice.user_id,
        id=notice.id,
        kind=notice.kind,
        job_id=notice.job_id,
        status=notice.status,
        announcement_id=notice.announcement_id,
        created_at=notice.created_at,
        expires_at=notice.expires_at,
        read_at=notice.read_at,
        live=notice.live,
        channels=_text(notice.channels),
        due_at=notice.due_at,
    )


def _text(channels: Sequence[Channel]) -> str:
    return " ".join(channels)


def _notice_from(stored: tuple[Any, ...]) -> Notice:
    row = NoticeRow._make(stored)
    return Notice(
        id=row.id,
        user_id=row.user_id,
        kind=row.kind,
        job_id=row.job_id,
        status=None if row.status is None else Status(row.status),
        announcement_id=row.announcement_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        read_at=row.read_at,
        live=bool(row.live),
        channels=tuple(map(Channel, row.channels.split())),
        due_at=row.due_at,
    )

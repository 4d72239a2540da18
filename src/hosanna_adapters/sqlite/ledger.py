"""The door through which everything is written: one transaction, in the order in which a change may be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.audits import append
from hosanna_adapters.sqlite.feed import feed_row, tell
from hosanna_adapters.sqlite.forgetting import forget_in_audit
from hosanna_adapters.sqlite.inboxes import Telling
from hosanna_adapters.sqlite.receipts import check_receipt, keep_receipt
from hosanna_adapters.sqlite.roots import root_of
from hosanna_adapters.sqlite.rows import calendar_row
from hosanna_adapters.sqlite.wiping import mark
from hosanna_core.errors import GuardRefused, StaleCalendar, Taken
from hosanna_core.model.people import User

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import AnyChange, Seat
    from hosanna_core.model.ids import UserId, Version

_HOLD: Final = "INSERT OR IGNORE INTO claims (kind, value) VALUES (?, ?)"
_SIT: Final = "INSERT OR IGNORE INTO administrators (user_id) VALUES (?)"
_LEAVE: Final = "DELETE FROM administrators WHERE user_id = ?"
_KEEP_CALENDAR: Final = """
    INSERT INTO calendars (technician_id, version, doc) VALUES (?, ?, ?)
    ON CONFLICT (technician_id) DO UPDATE SET version = excluded.version, doc = excluded.doc
"""


class SqliteLedger:
    """`Ledger` on SQLite."""

    def __init__(self, writer: Writer, veil: Veil) -> None:
        self._writer = writer
        self._veil = veil

    def commit(self, change: AnyChange) -> None:
        self._writer.run(_Work(change, self._veil))

    def record(self, audit: Sequence[AuditFacts]) -> None:
        self._writer.run(lambda db: append(db, audit, self._veil))

    def commit_each(self, changes: Sequence[AnyChange]) -> list[CommitRefused | None]:
        return self._writer.run_each([_Work(change, self._veil) for change in changes])


class _Work:
    """All of a change as one piece of work: first what may refuse it, then what is written."""

    def __init__(self, change: AnyChange, veil: Veil) -> None:
        self._change = change
        self._veil = veil
        self._root = root_of(change, veil)
        self._events = [feed_row(event) for event in change.events]
        self._telling = Telling(change.notices)
        self._claims = [(claim.kind, claim.value) for claim in change.claims]
        self._calendars = [calendar_row(calendar, veil) for calendar in change.calendars]

    def __call__(self, db: sqlite3.Connection) -> None:
        self._check(db)
        self._store(db)

    def _check(self, db: sqlite3.Connection) -> None:
        if self._change.receipt is not None:
            check_receipt(db, self._change.receipt)
        self._root.check(db)
        for kind, value in self._claims:
            _check_claim(db, kind, value)
        if self._change.seat is not None:
            _check_seat(db, self._change.seat)
        for technician_id, version, _ in self._calendars:
            _check_calendar(db, technician_id, version)

    def _store(self, db: sqlite3.Connection) -> None:
        self._root.store(db)
        tell(db, self._events + self._telling.store(db))
        if self._calendars:
            db.executemany(_KEEP_CALENDAR, self._calendars)
        if self._claims:
            db.executemany(_HOLD, self._claims)
        if self._change.seat is not None:
            db.execute(_SIT if self._change.seat.joins else _LEAVE, (self._change.seat.user_id,))
        if self._change.receipt is not None:
            keep_receipt(db, self._change.receipt)
        append(db, self._change.audit, self._veil)
        if self._change.forgets:
            if isinstance(self._change.root, User):
                forget_in_audit(db, self._change.root.id)
            mark(db)


def _check_claim(db: sqlite3.Connection, kind: str, value: str) -> None:
    """Raises Taken if somebody holds it."""
    if db.execute("SELECT 1 FROM claims WHERE kind = ? AND value = ?", (kind, value)).fetchone():
        raise Taken(kind)


def _check_seat(db: sqlite3.Connection, seat: Seat) -> None:
    """Raises GuardRefused if nobody else would be left."""
    if seat.joins:
        return
    if not db.execute("SELECT 1 FROM administrators WHERE user_id <> ? LIMIT 1", (seat.user_id,)).fetchone():
        raise GuardRefused


def _check_calendar(db: sqlite3.Connection, technician_id: UserId, version: Version) -> None:
    """Raises StaleCalendar unless *version* is the one after what is stored."""
    stored = db.execute("SELECT version FROM calendars WHERE technician_id = ?", (technician_id,)).fetchone()
    if (0 if stored is None else stored[0]) != version - 1:
        raise StaleCalendar

"""The door through which everything is written: one transaction, in the order in which a change may be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.inboxes import keep_notice
from hosanna_adapters.sqlite.roots import JobRoot, UserRoot
from hosanna_adapters.sqlite.rows import encode
from hosanna_core.errors import GuardRefused, Replayed, StaleCalendar, Taken
from hosanna_core.model.job import Job
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Change, Claim, Receipt, Seat
    from hosanna_core.model.event import Event
    from hosanna_core.model.people import User

_SWEPT_AT_ONCE: Final = 20
"""Expired receipts that a new one takes with it: they go faster than they come, and no commit grows long."""


class SqliteLedger:
    """`Ledger` on SQLite."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def commit(self, change: Change[Job] | Change[User]) -> None:
        self._writer.run(_work(change))

    def commit_each(self, changes: Sequence[Change[Job] | Change[User]]) -> list[CommitRefused | None]:
        return self._writer.run_each([_work(change) for change in changes])


def _work(change: Change[Job] | Change[User]) -> Callable[[sqlite3.Connection], None]:
    """All of a change as one piece of work; what can be computed beforehand is."""
    root = JobRoot(change) if isinstance(change.root, Job) else UserRoot(change)
    events = [_event_row(event) for event in change.events]
    calendars = [
        (calendar.version, encode(calendar), calendar.technician_id) for calendar in change.calendars
    ]

    def work(db: sqlite3.Connection) -> None:
        if change.receipt is not None:
            _keep_receipt(db, change.receipt)
        root.check(db)
        for claim in change.claims:
            _hold(db, claim)
        if change.seat is not None:
            _take_seat(db, change.seat)
        for row in calendars:
            _keep_calendar(db, *row)
        root.store(db)
        if events:
            db.executemany("INSERT INTO feed (key, payload) VALUES (?, ?)", events)
        for notice in change.notices:
            keep_notice(db, notice)

    return work


def _event_row(event: Event) -> tuple[str, bytes]:
    return event.key, encode(event)


def _keep_receipt(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Raises Replayed while the key's last receipt still counts."""
    oldest = receipt.at - KEPT_FOR
    if db.execute("SELECT 1 FROM receipts WHERE key = ? AND at > ?", (receipt.key, oldest)).fetchone():
        raise Replayed
    db.execute(
        "DELETE FROM receipts WHERE key IN (SELECT key FROM receipts WHERE at <= ? ORDER BY at LIMIT ?)",
        (oldest, _SWEPT_AT_ONCE),
    )
    subject = receipt.subject
    db.execute(
        "INSERT OR REPLACE INTO receipts (key, body, subject_kind, subject_id, version, at) VALUES (?, ?, ?, ?, ?, ?)",
        (receipt.key, receipt.body, subject.kind, subject.id, receipt.version, receipt.at),
    )


def _hold(db: sqlite3.Connection, claim: Claim) -> None:
    """Raises Taken if somebody holds it."""
    held = db.execute("INSERT OR IGNORE INTO claims (kind, value) VALUES (?, ?)", (claim.kind, claim.value))
    if held.rowcount == 0:
        raise Taken(claim.kind)


def _take_seat(db: sqlite3.Connection, seat: Seat) -> None:
    """Raises GuardRefused if nobody else would be left."""
    if seat.joins:
        db.execute("INSERT OR IGNORE INTO administrators (user_id) VALUES (?)", (seat.user_id,))
        return
    if not db.execute("SELECT 1 FROM administrators WHERE user_id <> ? LIMIT 1", (seat.user_id,)).fetchone():
        raise GuardRefused
    db.execute("DELETE FROM administrators WHERE user_id = ?", (seat.user_id,))


def _keep_calendar(db: sqlite3.Connection, version: int, doc: bytes, technician_id: str) -> None:
    """Raises StaleCalendar unless it is the next of what is stored."""
    if version == 1:
        kept = db.execute(
            "INSERT OR IGNORE INTO calendars (version, doc, technician_id) VALUES (?, ?, ?)",
            (version, doc, technician_id),
        )
    else:
        kept = db.execute(
            "UPDATE calendars SET version = ?, doc = ? WHERE technician_id = ? AND version = ?",
            (version, doc, technician_id, version - 1),
        )
    if kept.rowcount == 0:
        raise StaleCalendar

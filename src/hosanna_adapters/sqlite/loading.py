"""Loading a whole store into an empty file: all of it in one transaction, or none.

Indexes are made at the end, which sorts once in the place of a search for every row.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from hosanna_adapters.sqlite.announcements import announcement_row
from hosanna_adapters.sqlite.audits import AUDIT_COLUMNS, audit_row
from hosanna_adapters.sqlite.connections import begin, connect, leave_waiting_to_us, reraise
from hosanna_adapters.sqlite.counting import AT_ONCE, add_tallies
from hosanna_adapters.sqlite.dayplans import plan_row
from hosanna_adapters.sqlite.deliveries import delivery_row
from hosanna_adapters.sqlite.inboxes import NoticeRow, notice_row
from hosanna_adapters.sqlite.integrations import api_key_row, webhook_row
from hosanna_adapters.sqlite.patience import deadline
from hosanna_adapters.sqlite.receipts import RECEIPT_COLUMNS, receipt_row
from hosanna_adapters.sqlite.rows import (
    JobRow,
    calendar_row,
    customer_keys_from,
    encode,
    entry_row,
    job_documents,
    job_row,
    own_audience,
    user_row,
)
from hosanna_adapters.sqlite.sessions import session_row
from hosanna_adapters.sqlite.telling import subscription_row
from hosanna_core.errors import NotEmpty
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.audit import AuditEntry, Head
from hosanna_core.model.change import Claim, Receipt
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.notice import Notice
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
from hosanna_core.model.snapshot import Administrator, Following, Keys, Numbering, Record, WholeJob
from hosanna_core.model.webhook import Delivery, Webhook
from hosanna_core.rules.tallies import account_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.tally import Tally

Row = tuple[Any, ...]
_AT_ONCE: Final = 1_000
"""Records that are written together."""
_LARGE: Final = (
    # 256 MB of pages, so that hardly any is written twice; what does not fit is sorted on disk.
    "PRAGMA cache_size = -262144",
    "PRAGMA temp_store = FILE",
    "PRAGMA threads = 2",
)
OCCUPIED: Final = "SELECT EXISTS (SELECT 1 FROM jobs) OR EXISTS (SELECT 1 FROM users)"
_INDEXES: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_IN_ORDER: Final = frozenset({"words", "customer_jobs", "reasons"})
_STAYS: Final = frozenset({"meta", "counters"})
_COLUMNS: Final[Mapping[str, str]] = {
    "jobs": f"n, {', '.join(JobRow._fields)}",
    "documents": "job, doc, body",
    "entries": "job, version, sealed, open, hash",
    "words": "audience, word, created_at, job",
    "customer_jobs": "customer_key, job",
    "notices": ", ".join(NoticeRow._fields),
    "audit": AUDIT_COLUMNS,
    "receipts": RECEIPT_COLUMNS,
}
"""What is written of a row; of other tables all columns in their order."""


def load_all(path: Path, records: Iterable[Record], veil: Veil) -> None:
    """Put *records* into an empty file, and begin a new epoch. Raises NotEmpty, Busy, and what *records* raises."""
    try:
        with closing(connect(path, writing=True)) as db:
            for pragma in _LARGE:
                db.execute(pragma)
            leave_waiting_to_us(db)
            begin(db, deadline())
            try:
                _fill(db, records, veil)
                db.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled it back already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        reraise(error)


def _fill(db: sqlite3.Connection, records: Iterable[Record], veil: Veil) -> None:
    if db.execute(OCCUPIED).fetchone()[0]:
        raise NotEmpty
    indexes = db.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    for (table,) in db.execute(_TABLES).fetchall():
        if table not in _STAYS:
            db.execute(f"DELETE FROM {table}")
    loading = Loading(db, veil)
    for record in records:
        loading.put(record)
    loading.write()
    loading.count()
    for _, sql in indexes:
        db.execute(sql)
    db.execute("DELETE FROM meta WHERE name LIKE 'webhooks.%' OR name LIKE 'bookmarks.%'")
    db.execute("UPDATE meta SET value = randomblob(16) WHERE name = 'epoch'")


class Loading:
    """Rows on their way into their tables, many at once."""

    def __init__(self, db: sqlite3.Connection, veil: Veil) -> None:
        self.veil = veil
        self._db = db
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._waiting = 0
        self._numbers = count(1)
        self._technicians: dict[str, int] = {}
        self._tallies: Counter[Tally] = Counter()

    def put(self, record: Record) -> None:
        """Take a record, and write what has come together."""
        kind = type(record)
        if kind in _TABLE_OF:
            table, row_of = _TABLE_OF[kind]
            self._rows[table].append(row_of(record, self.veil))
        elif isinstance(record, WholeJob):
            self._put_job(record)
        elif isinstance(record, Keys):
            slots = {"store": record.wrapped, "mark": record.mark}
            self._rows["secrets"] += [(name, held) for name, held in slots.items() if held is not None]
        elif isinstance(record, Numbering):
            self._db.execute("UPDATE counters SET next = ? WHERE name = 'job_number'", (record.next,))
        else:
            raise TypeError(f"the SQLite store keeps no {kind.__name__}")
        self._waiting += 1
        if self._waiting == _AT_ONCE:
            self.write()

    def write(self) -> None:
        """Write all that was taken."""
        for table, rows in self._rows.items():
            if not rows:
                continue
            columns = f" ({_COLUMNS[table]})" if table in _COLUMNS else ""
            marks = ", ".join("?" * len(rows[0]))
            # In their order, so that neighbours lie on the same pages.
            ordered = sorted(rows) if table in _IN_ORDER else rows
            self._db.executemany(f"INSERT INTO {table}{columns} VALUES ({marks})", ordered)
        self._rows.clear()
        self._waiting = 0
        if len(self._tallies) > AT_ONCE:
            self.count()

    def count(self) -> None:
        """Write what was counted."""
        add_tallies(self._db, self._tallies)
        self._tallies.clear()

    def _put_job(self, whole: WholeJob) -> None:
        job, n = whole.job, next(self._numbers)
        row = job_row(job, self.veil)
        self._rows["jobs"].append((n, *row))
        self._rows["documents"].append((n, *job_documents(job, self.veil)))
        self._rows["entries"] += [(n, *entry_row(job.id, entry, self.veil)) for entry in whole.history]
        account = account_from(whole.history)
        self._rows["reasons"] += [(given.at, n, given.version) for given in account.reasons]
        for tally, times in account.tallies.items():
            self._tallies[tally] += times
        self._rows["customer_jobs"] += [(key, n) for key in customer_keys_from(row.customer_keys)]
        words = row.words.split()
        for audience in self._audiences(row):
            self._rows["words"] += [(audience, word, row.created_at, n) for word in words]

    def _audiences(self, row: JobRow) -> tuple[int, ...]:
        seer = row.seen_by
        if seer is None:
            return (row.office,)
        if seer not in self._technicians:
            self._technicians[seer] = len(self._technicians) + 1
            self._rows["technicians"].append((self._technicians[seer], seer))
        return row.office, own_audience(self._technicians[seer])


def _whole(table: str) -> tuple[str, Callable[[Any, Veil], Row]]:
    """A root that is one document beside its id and version."""

    def row_of(root: Any, veil: Veil) -> Row:
        return root.id, root.version, veil.hide(encode(root), table, root.id, "doc")

    return table, row_of


_TABLE_OF: Final[Mapping[type[Record], tuple[str, Callable[[Any, Veil], Row]]]] = {
    Claim: ("claims", lambda claim, _: (claim.kind, claim.value)),
    Calendar: ("calendars", calendar_row),
    Following: ("followers", lambda each, _: (each.job_id, each.user_id)),
    Notice: ("notices", lambda notice, _: notice_row(notice)),
    Announcement: ("announcements", announcement_row),
    DayPlan: ("day_plans", plan_row),
    Firm: _whole("firms"),
    ApiKey: ("api_keys", api_key_row),
    Webhook: ("webhooks", webhook_row),
    Delivery: ("deliveries", lambda delivery, _: delivery_row(delivery)),
    PushSubscription: ("subscriptions", subscription_row),
    Receipt: ("receipts", lambda receipt, _: receipt_row(receipt)),
    AuditEntry: ("audit", audit_row),
    Head: ("audit_heads", lambda head, _: (head.stream, head.n, head.hash, head.at)),
    Session: ("sessions", session_row),
    Administrator: ("administrators", lambda each, _: (each.user_id,)),
    User: ("users", user_row),
}
"""The table of each kind that is one row, and what is stored of it."""

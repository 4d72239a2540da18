"""A file as a whole: copied out of one read transaction, and loaded in one write transaction.

A read transaction sees the file as it was when it began, and nobody waits for it: what is written meanwhile stays in
the log until it ends, so that the log may grow by that much.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.announcements import announcement_from
from hosanna_adapters.sqlite.audits import all_entries, all_heads
from hosanna_adapters.sqlite.connections import connect, reraise
from hosanna_adapters.sqlite.inboxes import all_notices
from hosanna_adapters.sqlite.loading import OCCUPIED, load_all
from hosanna_adapters.sqlite.receipts import all_receipts
from hosanna_adapters.sqlite.rows import calendar_from, entry_from, job_from, user_from
from hosanna_adapters.sqlite.sessions import session_from
from hosanna_adapters.sqlite.telling import subscription_from
from hosanna_core.errors import NotEmpty
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.change import Claim
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.snapshot import Administrator, Following, Keys, Numbering, Record, WholeJob
from hosanna_core.model.webhook import Delivery, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.entry import Entry

TABLES: Final[Mapping[str, str]] = {
    "job": "jobs",
    "claim": "claims",
    "calendar": "calendars",
    "following": "followers",
    "notice": "notices",
    "announcement": "announcements",
    "day_plan": "day_plans",
    "settings": "firms",
    "api_key": "api_keys",
    "webhook": "webhooks",
    "delivery": "deliveries",
    "subscription": "subscriptions",
    "receipt": "receipts",
    "audit_entry": "audit",
    "audit_head": "audit_heads",
    "session": "sessions",
    "administrator": "administrators",
    "user": "users",
}
"""Where the values of each kind lie, one a row; keys and the numbering, of which there is one, lie elsewhere."""
_JOBS: Final = "SELECT n, id, doc FROM jobs JOIN documents ON job = n ORDER BY n"
_ENTRIES: Final = "SELECT job, version, sealed, open, hash FROM entries ORDER BY job, version"
_DELIVERIES: Final = msgspec.msgpack.Decoder(Delivery).decode


class SqliteSnapshots:
    """`Snapshots` on SQLite."""

    def __init__(self, path: Path, readers: Readers, veil: Veil, changed: Callable[[], None]) -> None:
        self._path = path
        self._readers = readers
        self._veil = veil
        self._changed = changed

    def census(self) -> Mapping[str, int]:
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES.values())
        (row,) = self._readers.rows(f"SELECT {counts}")
        return {"keys": 1, "numbering": 1, **dict(zip(TABLES, row, strict=True))}

    def dump(self) -> Iterator[Record]:
        try:
            with closing(connect(self._path, writing=False)) as db:
                db.execute("BEGIN")
                yield from _records(db, self._veil)
        except sqlite3.Error as error:
            reraise(error)

    def demand_empty(self) -> None:
        ((occupied,),) = self._readers.rows(OCCUPIED)
        if occupied:
            raise NotEmpty

    def load(self, records: Iterable[Record]) -> None:
        load_all(self._path, records, self._veil)
        self._changed()


def _records(db: sqlite3.Connection, veil: Veil) -> Iterator[Record]:
    yield _keys(db)
    ((number,),) = db.execute("SELECT next FROM counters WHERE name = 'job_number'")
    yield Numbering(number)
    yield from _jobs(db, veil)
    yield from (Claim(*row) for row in db.execute("SELECT kind, value FROM claims"))
    for row in db.execute("SELECT technician_id, doc FROM calendars"):
        yield calendar_from(veil, *row)
    yield from (Following(*row) for row in db.execute("SELECT job_id, user_id FROM followers"))
    yield from all_notices(db)
    for row in db.execute("SELECT id, doc FROM announcements"):
        yield announcement_from(veil, *row)
    for table, kind in (("day_plans", DayPlan), ("firms", Firm), ("api_keys", ApiKey), ("webhooks", Webhook)):
        yield from _whole(db, veil, table, kind)
    yield from (_DELIVERIES(doc) for (doc,) in db.execute("SELECT doc FROM deliveries"))
    for row in db.execute("SELECT id, doc FROM subscriptions"):
        yield subscription_from(veil, *row)
    yield from all_receipts(db)
    yield from all_entries(db, veil)
    yield from all_heads(db)
    for row in db.execute("SELECT id, doc FROM sessions"):
        yield session_from(veil, *row)
    yield from (Administrator(user_id) for (user_id,) in db.execute("SELECT user_id FROM administrators"))
    for row in db.execute("SELECT id, doc FROM users"):
        yield user_from(veil, *row)


def _keys(db: sqlite3.Connection) -> Keys:
    held = dict(db.execute("SELECT name, wrapped FROM secrets"))
    return Keys(wrapped=held.get("store"), mark=held.get("mark"))


def _whole(db: sqlite3.Connection, veil: Veil, table: str, kind: type[Any]) -> Iterator[Any]:
    decoded = msgspec.msgpack.Decoder(kind).decode
    for root_id, doc in db.execute(f"SELECT id, doc FROM {table}"):
        yield decoded(veil.show(doc, table, root_id, "doc"))


def _jobs(db: sqlite3.Connection, veil: Veil) -> Iterator[WholeJob]:
    """Jobs and their entries, two walks side by side in the same order."""
    entries = db.execute(_ENTRIES)
    ahead = entries.fetchone()
    for n, job_id, doc in db.execute(_JOBS):
        history: list[Entry] = []
        while ahead is not None and ahead[0] == n:
            history.append(entry_from(veil, job_id, ahead[1:]))
            ahead = entries.fetchone()
        yield WholeJob(job_from(veil, job_id, doc), tuple(history))

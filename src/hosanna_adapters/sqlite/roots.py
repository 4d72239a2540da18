"""Writing the roots of changes: a job with everything that is derived from it, a user."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from hosanna_adapters.sqlite.announcements import AnnouncementRoot
from hosanna_adapters.sqlite.counting import add_account
from hosanna_adapters.sqlite.dayplans import DayPlanRoot
from hosanna_adapters.sqlite.firms import FirmRoot
from hosanna_adapters.sqlite.forgetting import forget_belongings, forget_entries
from hosanna_adapters.sqlite.integrations import IntegrationRoot
from hosanna_adapters.sqlite.rows import (
    JobRow,
    UserRow,
    customer_keys_from,
    entry_row,
    job_documents,
    job_row,
    own_audience,
    user_row,
)
from hosanna_adapters.sqlite.sessions import Ending, Opening, SessionRoot
from hosanna_core.errors import StaleVersion, Taken
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.entry import Entry
from hosanna_core.model.firm import Firm
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.model.webhook import Webhook
from hosanna_core.rules.tallies import account_of, asks_for_the_past

if TYPE_CHECKING:
    import sqlite3

    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.change import AnyChange, Change

_COLUMNS: Final = JobRow._fields
_FIND: Final = f"SELECT n, {', '.join(_COLUMNS)} FROM jobs WHERE id = ?"
_INSERT: Final = f"""
    INSERT INTO jobs ({", ".join(_COLUMNS)}) VALUES ({", ".join("?" * len(_COLUMNS))}) RETURNING n
"""
_SAY: Final = "INSERT INTO words (audience, word, created_at, job) VALUES (?, ?, ?, ?)"
_UNSAY: Final = "DELETE FROM words WHERE audience = ? AND word = ? AND created_at = ? AND job = ?"
_KNOW: Final = "INSERT INTO customer_jobs (customer_key, job) VALUES (?, ?)"
_FORGET: Final = "DELETE FROM customer_jobs WHERE customer_key = ? AND job = ?"
_KEEP_USER: Final = f"""
    INSERT INTO users ({", ".join(UserRow._fields)}) VALUES ({", ".join("?" * len(UserRow._fields))})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in UserRow._fields[1:])}
"""


def root_of(
    change: AnyChange, veil: Veil
) -> JobRoot | UserRoot | AnnouncementRoot | SessionRoot | DayPlanRoot | FirmRoot | IntegrationRoot:
    """The root of a change on its way into the file."""
    if isinstance(change.root, Job):
        return JobRoot(change, veil)
    if isinstance(change.root, User):
        return UserRoot(change, veil)
    if isinstance(change.root, Announcement):
        return AnnouncementRoot(change, veil)
    if isinstance(change.root, DayPlan):
        return DayPlanRoot(change, veil)
    if isinstance(change.root, Firm):
        return FirmRoot(change, veil)
    if isinstance(change.root, ApiKey | Webhook):
        return IntegrationRoot(change, veil)
    return SessionRoot(change, veil)


class _Stored(NamedTuple):
    n: int
    row: JobRow


class JobRoot:
    """One job on its way into the file; what derives from it is derived here, before the transaction begins."""

    def __init__(self, change: Change[Job], veil: Veil) -> None:
        job, entry = change.root, change.entry
        self._change = change
        self._account = None if asks_for_the_past(change) else account_of(change, tuple)
        self._expected = change.expected
        self._forgets = change.forgets
        self._row = job_row(job, veil)
        self._documents = job_documents(job, veil)
        self._entry = None if entry is None else entry_row(job.id, entry, veil)
        self._stored: _Stored | None = None

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is)."""
        found = db.execute(_FIND, (self._row.id,)).fetchone()
        self._stored = None if found is None else _Stored(found[0], JobRow._make(found[1:]))
        if self._expected != (None if self._stored is None else self._stored.row.version):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write it and its history entry."""
        n = self._insert(db) if self._stored is None else self._update(db, self._stored)
        account = self._account
        add_account(db, n, account or account_of(self._change, lambda: _sealed_entries(db, n)))
        if self._forgets:
            forget_entries(db, n)
        if self._entry is not None:
            db.execute(
                "INSERT INTO entries (job, version, sealed, open, hash) VALUES (?, ?, ?, ?, ?)",
                (n, *self._entry),
            )

    def _insert(self, db: sqlite3.Connection) -> int:
        n: int = db.execute(_INSERT, self._row).fetchone()[0]
        db.execute("INSERT INTO documents (job, doc, body) VALUES (?, ?, ?)", (n, *self._documents))
        row = self._row
        db.executemany(_SAY, sorted(_spelled(db, n, row)))
        db.executemany(_KNOW, [(key, n) for key in customer_keys_from(row.customer_keys)])
        return n

    def _update(self, db: sqlite3.Connection, stored: _Stored) -> int:
        n, old, new = *stored, self._row
        changed = tuple(column for column, was, now in zip(_COLUMNS, old, new, strict=True) if was != now)
        if changed:
            db.execute(_setting(changed), (*(getattr(new, column) for column in changed), n))
        db.execute("UPDATE documents SET doc = ?, body = ? WHERE job = ?", (*self._documents, n))
        if old.spelling != new.spelling:
            said, say = _spelled(db, n, old), _spelled(db, n, new)
            db.executemany(_UNSAY, sorted(said - say))
            db.executemany(_SAY, sorted(say - said))
        if old.customer_keys != new.customer_keys:
            was, now = set(customer_keys_from(old.customer_keys)), set(customer_keys_from(new.customer_keys))
            db.executemany(_FORGET, [(key, n) for key in was - now])
            db.executemany(_KNOW, [(key, n) for key in now - was])
        return n


def _sealed_entries(db: sqlite3.Connection, n: int) -> list[Entry]:
    """The history of a job so far, without its open values."""
    rows = db.execute("SELECT version, sealed, hash FROM entries WHERE job = ? ORDER BY version", (n,))
    return [Entry(version=version, sealed=sealed, open={}, hash=digest) for version, sealed, digest in rows]


@cache
def _setting(columns: tuple[str, ...]) -> str:
    """An UPDATE of just these columns: SQLite rewrites an index for every column that is named, changed or not."""
    return f"UPDATE jobs SET {', '.join(f'{column} = ?' for column in columns)} WHERE n = ?"


def _spelled(db: sqlite3.Connection, n: int, row: JobRow) -> set[tuple[int, str, int, int]]:
    """The rows of `words` of a job."""
    audiences = [row.office]
    if row.seen_by is not None:
        audiences.append(own_audience(_number_of(db, row.seen_by)))
    return {(audience, word, row.created_at, n) for word in row.words.split() for audience in audiences}


def _number_of(db: sqlite3.Connection, technician_id: str) -> int:
    found = db.execute("SELECT n FROM technicians WHERE id = ?", (technician_id,)).fetchone()
    if found is None:
        found = db.execute("INSERT INTO technicians (id) VALUES (?) RETURNING n", (technician_id,)).fetchone()
    return int(found[0])


class UserRoot:
    """One user on their way into the file."""

    def __init__(self, change: Change[User], veil: Veil) -> None:
        user = change.root
        self._expected = change.expected
        self._row = user_row(user, veil)
        self._opening = None if change.opens is None else Opening(change.opens, veil)
        self._ending = None if not change.ends else Ending(change.ends, user.id, user.updated_at, veil)
        self._forgets = change.forgets

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion as a job does, then Taken where another user has the address."""
        found = db.execute("SELECT version FROM users WHERE id = ?", (self._row.id,)).fetchone()
        if self._expected != (None if found is None else found[0]):
            raise StaleVersion
        owner = db.execute("SELECT id FROM users WHERE email = ?", (self._row.email,)).fetchone()
        if owner is not None and owner[0] != self._row.id:
            raise Taken("email")

    def store(self, db: sqlite3.Connection) -> None:
        """Write them, and their sessions."""
        db.execute(_KEEP_USER, self._row)
        if self._forgets:
            forget_belongings(db, self._row.id)
        if self._ending is not None:
            self._ending.store(db)
        if self._opening is not None:
            self._opening.store(db)

"""The tables, and how a file of any earlier version (an empty one among them) becomes one of today's.

A job lives in two rows: `jobs` is narrow, so that what walks and probes it touches few pages even among a million;
`documents` holds the bytes. Other tables name a job by `n`, a small number that never leaves this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.sqlite.connections import immediate
from hosanna_adapters.sqlite.counting import count_anew
from hosanna_adapters.sqlite.dating import date_plans
from hosanna_adapters.sqlite.patience import deadline
from hosanna_core.errors import SchemaTooNew
from hosanna_core.model.status import Standing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    Statement = str | Callable[[sqlite3.Connection], None]
STANDING_CODES: Final = {
    Standing.TENTATIVE: 0,
    Standing.CONFIRMED: 1,
    Standing.ASSIGNED: 2,
    Standing.DISPATCHED: 3,
    Standing.IN_PROGRESS: 4,
    Standing.ON_HOLD: 5,
    Standing.COMPLETED: 6,
    Standing.BILLED: 7,
    Standing.CANCELLED_UNSEEN: 8,
    Standing.CANCELLED_OFFICE: 9,
    Standing.CANCELLED_FIELD: 10,
}
"""How standings are stored. Written out, because what is stored must not move when the vocabulary grows."""

_FOUNDATION: Final = (
    """
    CREATE TABLE jobs (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        standing INTEGER NOT NULL,
        technician_id TEXT,
        created_at INTEGER NOT NULL,
        window_key INTEGER NOT NULL,
        priority_rank INTEGER NOT NULL,
        external_ref TEXT,
        customer_keys BLOB NOT NULL,
        words TEXT NOT NULL
    )
    """,
    "CREATE INDEX jobs_created ON jobs (created_at, id)",
    "CREATE INDEX jobs_window ON jobs (window_key, id)",
    "CREATE INDEX jobs_urgent ON jobs (priority_rank, created_at, id)",
    "CREATE INDEX jobs_standing_created ON jobs (standing, created_at, id)",
    "CREATE INDEX jobs_standing_window ON jobs (standing, priority_rank, window_key, id)",
    "CREATE INDEX jobs_standing_urgent ON jobs (standing, priority_rank, created_at, id)",
    # Most jobs of a new store have no technician yet: these three cost them nothing.
    """
    CREATE INDEX jobs_technician_created ON jobs (technician_id, standing, created_at, id)
        WHERE technician_id IS NOT NULL
    """,
    """
    CREATE INDEX jobs_technician_window ON jobs (technician_id, standing, priority_rank, window_key, id)
        WHERE technician_id IS NOT NULL
    """,
    """
    CREATE INDEX jobs_technician_urgent ON jobs (technician_id, standing, priority_rank, created_at, id)
        WHERE technician_id IS NOT NULL
    """,
    "CREATE INDEX jobs_reference ON jobs (external_ref) WHERE external_ref IS NOT NULL",
    "CREATE TABLE documents (job INTEGER PRIMARY KEY, doc BLOB NOT NULL, body BLOB NOT NULL)",
    # The audience comes first: a search never walks what the one who searches may not see. It is 0 for what only an
    # Administrator sees, 1 for what the office sees, too, and one more than the technician's number for what they see.
    # Within a word the newest is at the end, so that a search in the order of creation reads no more than it shows.
    """
    CREATE TABLE words (
        audience INTEGER NOT NULL, word TEXT NOT NULL, created_at INTEGER NOT NULL, job INTEGER NOT NULL,
        PRIMARY KEY (audience, word, created_at, job)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE technicians (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE customer_jobs (customer_key BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (customer_key, job))
        WITHOUT ROWID
    """,
    """
    CREATE TABLE entries (
        job INTEGER NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, open BLOB NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (job, version)
    ) WITHOUT ROWID
    """,
    # The oldest are dropped from its beginning, so that it never has a gap: that needs no index by `at`.
    """
    CREATE TABLE feed (
        n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, key TEXT NOT NULL, payload BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE users (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        email TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        active INTEGER NOT NULL,
        session_epoch INTEGER NOT NULL,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX users_role ON users (role, id)",
    "CREATE INDEX users_active ON users (active, id)",
    "CREATE INDEX users_role_active ON users (role, active, id)",
    "CREATE TABLE administrators (user_id TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE calendars (technician_id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc BLOB NOT NULL)",
    "CREATE TABLE claims (kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, value)) WITHOUT ROWID",
    """
    CREATE TABLE receipts (
        key TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        subject_kind TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        at INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX receipts_age ON receipts (at)",
    """
    CREATE TABLE notices (
        user_id TEXT NOT NULL,
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        job_id TEXT,
        created_at INTEGER NOT NULL,
        read_at INTEGER,
        PRIMARY KEY (user_id, id)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE counters (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO counters VALUES ('job_number', 1)",
    "CREATE TABLE secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    # Which store this is: made once with the file, the same for every process, another one after a restore.
    "INSERT INTO meta VALUES ('epoch', randomblob(16))",
)

_ACCESS: Final = (
    # Made anew, so that all that decides whether a token may act stands before a document that may be long. *email*
    # is the address, or the token that stands for it in an encrypted store; *revoked* has ids between spaces.
    """
    CREATE TABLE people (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        email TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        active INTEGER NOT NULL,
        session_epoch INTEGER NOT NULL,
        revoked TEXT NOT NULL,
        second_factor INTEGER NOT NULL,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "INSERT INTO people SELECT id, version, email, role, active, session_epoch, '', 0, doc FROM users",
    "DROP TABLE users",
    "ALTER TABLE people RENAME TO users",
    "CREATE INDEX users_role ON users (role, id)",
    "CREATE INDEX users_active ON users (active, id)",
    "CREATE INDEX users_role_active ON users (role, active, id)",
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        user_id TEXT NOT NULL,
        address_key BLOB NOT NULL,
        expires_at INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX sessions_living ON sessions (user_id, id) WHERE ended = 0",
    "CREATE INDEX sessions_places ON sessions (user_id, address_key)",
    "CREATE INDEX sessions_age ON sessions (expires_at)",
    # *personal* is what erasing removes: the open values and their salt, empty where there are none.
    """
    CREATE TABLE audit (
        k INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        stream TEXT NOT NULL,
        n INTEGER NOT NULL,
        at INTEGER NOT NULL,
        actor_id TEXT,
        action TEXT NOT NULL,
        subject_kind TEXT,
        subject_id TEXT,
        outcome TEXT NOT NULL,
        sealed BLOB NOT NULL,
        hash BLOB NOT NULL,
        personal BLOB NOT NULL,
        UNIQUE (stream, n)
    )
    """,
    # Each holds `at`, too: what is passed over at the edges of a stretch of time is not fetched.
    "CREATE INDEX audit_ids ON audit (id, at)",
    "CREATE INDEX audit_actors ON audit (actor_id, id, at) WHERE actor_id IS NOT NULL",
    "CREATE INDEX audit_subjects ON audit (subject_id, id, at) WHERE subject_id IS NOT NULL",
    "CREATE INDEX audit_actions ON audit (action, outcome, id, at)",
    "CREATE INDEX audit_outcomes ON audit (outcome, id, at)",
    """
    CREATE TABLE audit_heads (
        stream TEXT PRIMARY KEY, n INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX audit_heads_moved ON audit_heads (at)",
)

_TELLING: Final = (
    "ALTER TABLE notices ADD COLUMN status TEXT",
    "ALTER TABLE notices ADD COLUMN announcement_id TEXT",
    "ALTER TABLE notices ADD COLUMN expires_at INTEGER",
    "ALTER TABLE notices ADD COLUMN live INTEGER NOT NULL DEFAULT 1",
    # The names of those that are left, between spaces.
    "ALTER TABLE notices ADD COLUMN channels TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE notices ADD COLUMN due_at INTEGER",
    # What is counted and what is looked for is a small part: what was read, or is done, costs them nothing. *read_at*
    # is always null in the first; it stands there so that who counts need not look at the rows.
    "CREATE INDEX notices_unread ON notices (user_id, read_at, expires_at) WHERE read_at IS NULL",
    "CREATE INDEX notices_due ON notices (due_at, id) WHERE due_at IS NOT NULL",
    """
    CREATE TABLE announcements (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        role TEXT,
        expires_at INTEGER,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE followers (job_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (job_id, user_id)) WITHOUT ROWID
    """,
    "CREATE INDEX followers_users ON followers (user_id, job_id)",
    # *endpoint* is the address, or the token that stands for it in an encrypted store.
    """
    CREATE TABLE subscriptions (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        endpoint TEXT NOT NULL UNIQUE,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX subscriptions_users ON subscriptions (user_id, id)",
    "CREATE TABLE tickets (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX tickets_age ON tickets (expires_at)",
)

_PLANNING: Final = (
    # A list reads the summaries alone: a plan may be long.
    "CREATE TABLE day_plans (id TEXT PRIMARY KEY, version INTEGER NOT NULL, summary BLOB NOT NULL, doc BLOB NOT NULL)",
)

_INTEGRATIONS: Final = (
    "CREATE TABLE api_keys (id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE webhooks (id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc BLOB NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        webhook_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        due_at INTEGER,
        doc BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX deliveries_log ON deliveries (webhook_id, id)",
    "CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX deliveries_age ON deliveries (created_at)",
)

_SETTLING: Final = (
    "CREATE TABLE firms (id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc BLOB NOT NULL) WITHOUT ROWID",
)

_REPORTING: Final = (
    # A slot is *width* quarters of an hour. *office*: an Office Manager sees the jobs of it, too.
    """
    CREATE TABLE tallies (
        measure INTEGER NOT NULL, width INTEGER NOT NULL, slot INTEGER NOT NULL, office INTEGER NOT NULL,
        key TEXT NOT NULL, bucket INTEGER NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (measure, width, slot, office, key, bucket)
    ) WITHOUT ROWID
    """,
    # Where the reasons stand that a report tells.
    """
    CREATE TABLE reasons (
        at INTEGER NOT NULL, job INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (at, job, version)
    ) WITHOUT ROWID
    """,
    count_anew,
)

_FORGETTING: Final = (
    "CREATE INDEX notices_age ON notices (read_at, created_at)",
    "ALTER TABLE day_plans ADD COLUMN date TEXT NOT NULL DEFAULT ''",
    date_plans,
    "CREATE INDEX day_plans_age ON day_plans (date)",
)

_QUEUEING: Final = (
    # What is due to a webhook is read in its order, and to whom anything is by a look at each, however much waits.
    "CREATE INDEX deliveries_waiting ON deliveries (webhook_id, id, due_at) WHERE due_at IS NOT NULL",
    "DROP INDEX deliveries_due",
)

_PARTING: Final = (
    # Webhooks are read at every turn: those that were deleted are passed by.
    "ALTER TABLE webhooks ADD COLUMN gone INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX webhooks_living ON webhooks (id) WHERE gone = 0",
)

MIGRATIONS: Final[tuple[tuple[Statement, ...], ...]] = (
    _FOUNDATION, _ACCESS, _TELLING, _PLANNING, _INTEGRATIONS, _SETTLING, _REPORTING, _FORGETTING,
    _QUEUEING, _PARTING,
)  # fmt: skip
"""Step k leads from version k to version k + 1. What has been released is never edited, only added to."""


def migrate(db: sqlite3.Connection, steps: tuple[tuple[Statement, ...], ...] = MIGRATIONS) -> None:
    """Bring the schema up to date, each step whole or not at all; of several processes one does it, the others wait.

    Raises SchemaTooNew, and changes nothing, where the file is ahead of *steps*.
    """
    while (found := _version(db)) < len(steps):
        with immediate(db, deadline()):
            if _version(db) == found:
                for statement in steps[found]:
                    if isinstance(statement, str):
                        db.execute(statement)
                    else:
                        statement(db)
                db.execute(f"PRAGMA user_version = {found + 1}")
    if found > len(steps):
        raise SchemaTooNew(found, len(steps))


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)

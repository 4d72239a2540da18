"""The audit trail: reading it, and sealing entries in the transaction of what they record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.rows import encode
from hosanna_core.model.audit import AuditEntry, Head, Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import DAY, Id, Millis
from hosanna_core.rules.trail import sealed_after

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_core.model.audit import AuditFacts, AuditFilter
    from hosanna_core.model.schedule import Window

_personal_from = msgspec.msgpack.Decoder(tuple[dict[str, str], bytes]).decode
AUDIT_COLUMNS: Final = (
    "id, stream, n, at, actor_id, action, subject_kind, subject_id, outcome, sealed, hash, personal"
)
"""What is stored of an entry, in this order."""
_HEAD: Final = "SELECT stream, n, hash, at FROM audit_heads"
_APPEND: Final = f"INSERT INTO audit ({AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MOVE_HEAD: Final = """
    INSERT INTO audit_heads (stream, n, hash, at) VALUES (?, ?, ?, ?)
    ON CONFLICT (stream) DO UPDATE SET n = excluded.n, hash = excluded.hash, at = excluded.at
"""
_MOST_ASIDE: Final[Millis] = DAY
"""An entry's id was minted so close to its instant, by the same clock: in a list by ids, a stretch of time ends."""


class SqliteAudits:
    """`Audits` on SQLite."""

    def __init__(self, readers: Readers, veil: Veil) -> None:
        self._readers = readers
        self._veil = veil

    def entries(self, wanted: AuditFilter, after: Id | None, limit: int) -> Sequence[AuditEntry]:
        return self._entries(*entries_query(wanted, after, limit))

    def stream(self, stream: str, after: int, limit: int) -> Sequence[AuditEntry]:
        return self._entries(
            f"SELECT {AUDIT_COLUMNS} FROM audit WHERE stream = ? AND n > ? ORDER BY n LIMIT ?",
            (stream, after, limit),
        )

    def heads(self, after: str | None, limit: int, since: Millis = 0) -> Sequence[Head]:
        # By name, or those that moved of late, which are few, sorted by name.
        late = "" if since <= 0 else " INDEXED BY audit_heads_moved"
        rows = self._readers.rows(
            f"{_HEAD}{late} WHERE stream > ? AND at >= ? ORDER BY stream LIMIT ?", (after or "", since, limit)
        )
        return tuple(_head_from(row) for row in rows)

    def _entries(self, sql: str, values: Sequence[Any]) -> tuple[AuditEntry, ...]:
        return tuple(_entry_from(row, self._veil) for row in self._readers.rows(sql, values))


def entries_query(wanted: AuditFilter, after: Id | None, limit: int) -> tuple[str, tuple[Any, ...]]:
    """The statement that reads a page of the list, and its values: a walk of the index that narrows it most."""
    asked = {
        "subject_id": wanted.subject_id,
        "actor_id": wanted.actor_id,
        "action": wanted.action,
        "outcome": wanted.outcome,
    }
    equal: dict[str, Any] = {column: value for column, value in asked.items() if value is not None}
    index, leading = next(((name, key) for key, name in _INDEXES if key in equal), ("audit_ids", None))
    # Of one action the entries stand apart by their outcome: three walks, merged.
    ways = (
        [{**equal, "outcome": outcome} for outcome in Outcome]
        if leading == "action" and "outcome" not in equal
        else [equal]
    )
    bounds = _bounds(wanted, after)
    arms, values = [], []
    for way in ways:
        conditions = [*(f"{column} = ?" for column in way), *(text for text, _ in bounds)]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        arms.append(f"SELECT {AUDIT_COLUMNS} FROM audit INDEXED BY {index}{where}")
        values += [*way.values(), *(value for _, value in bounds)]
    return f"{' UNION ALL '.join(arms)} ORDER BY id DESC LIMIT ?", (*values, limit)


_INDEXES: Final = (
    ("subject_id", "audit_subjects"),
    ("actor_id", "audit_actors"),
    ("action", "audit_actions"),
    ("outcome", "audit_outcomes"),
)
"""What an entry may be asked for by, what names the fewest entries first."""


def _bounds(wanted: AuditFilter, after: Id | None) -> list[tuple[str, str | int]]:
    """The end of the last page and the asked stretch of time, as conditions."""
    below = [] if after is None else [after]
    bounds: list[tuple[str, str | int]] = []
    if wanted.until is not None:
        below.append(_first_id_at(wanted.until + _MOST_ASIDE))
        bounds.append(("at < ?", wanted.until))
    if wanted.since is not None:
        bounds += [("at >= ?", wanted.since), ("id >= ?", _first_id_at(max(0, wanted.since - _MOST_ASIDE)))]
    if below:
        bounds.append(("id < ?", min(below)))
    return bounds


def between_ids(period: Window) -> tuple[str, str]:
    """Bounds [from, to) of the ids of all entries of *period*, and of some beside."""
    return _first_id_at(max(0, period.start - _MOST_ASIDE)), _first_id_at(period.end + _MOST_ASIDE)


def _first_id_at(instant: Millis) -> str:
    """What no UUIDv7 of that millisecond, or a later one, is below."""
    digits = f"{instant:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def append(db: sqlite3.Connection, audit: Iterable[AuditFacts], veil: Veil) -> None:
    """Seal each of *audit* as the next entry of its stream, and move the stream's head to it."""
    for facts in audit:
        row = db.execute(f"{_HEAD} WHERE stream = ?", (facts.stream,)).fetchone()
        entry = sealed_after(None if row is None else _head_from(row), facts)
        db.execute(_APPEND, audit_row(entry, veil))
        db.execute(_MOVE_HEAD, (entry.stream, entry.n, entry.hash, entry.at))


def _head_from(row: tuple[str, int, bytes, Millis]) -> Head:
    stream, n, digest, at = row
    return Head(stream=stream, n=n, hash=digest, at=at)


def all_entries(db: sqlite3.Connection, veil: Veil) -> Iterator[AuditEntry]:
    """Every entry, in the order in which they were written."""
    return (_entry_from(row, veil) for row in db.execute(f"SELECT {AUDIT_COLUMNS} FROM audit ORDER BY k"))


def all_heads(db: sqlite3.Connection) -> Iterator[Head]:
    """The head of every stream."""
    return (_head_from(row) for row in db.execute(_HEAD))


def audit_row(entry: AuditEntry, veil: Veil) -> tuple[Any, ...]:
    """What is stored of an entry."""
    subject = entry.subject
    personal = encode((entry.open, entry.salt)) if entry.open or entry.salt else b""
    return (
        entry.id,
        entry.stream,
        entry.n,
        entry.at,
        entry.actor_id,
        entry.action,
        None if subject is None else subject.kind,
        None if subject is None else subject.id,
        entry.outcome.value,
        entry.sealed,
        entry.hash,
        veil.hide(personal, "audit", entry.id, "personal") if personal else b"",
    )


def _entry_from(row: tuple[Any, ...], veil: Veil) -> AuditEntry:
    id_, stream, n, at, actor_id, action, kind, subject_id, outcome, sealed, digest, stored = row
    values, salt = _personal_from(veil.show(stored, "audit", id_, "personal")) if stored else ({}, b"")
    return AuditEntry(
        id=id_,
        stream=stream,
        n=n,
        at=at,
        actor_id=actor_id,
        action=action,
        subject=None if subject_id is None else Ref(kind, subject_id),
        outcome=Outcome(outcome),
        sealed=sealed,
        open=values,
        salt=salt,
        hash=digest,
    )

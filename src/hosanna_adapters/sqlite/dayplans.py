"""Plans of days: reading them, and writing one in a change's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_adapters.sqlite.rows import AFTER_EVERY_ID, encode
from hosanna_core.errors import StaleVersion
from hosanna_core.model.dayplan import DayPlan, PlanSummary, summary_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from hosanna_adapters.sqlite.connections import Readers
    from hosanna_adapters.sqlite.veils import Veil
    from hosanna_adapters.sqlite.writer import Writer
    from hosanna_core.model.change import Change
    from hosanna_core.model.ids import Id

_plan_from = msgspec.msgpack.Decoder(DayPlan).decode
_summary_from = msgspec.msgpack.Decoder(PlanSummary).decode
_KEEP: Final = """
    INSERT INTO day_plans (id, version, summary, doc, date) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE
    SET version = excluded.version, summary = excluded.summary, doc = excluded.doc, date = excluded.date
"""


class SqliteDayPlans:
    """`DayPlans` on SQLite."""

    def __init__(self, readers: Readers, writer: Writer, veil: Veil) -> None:
        self._readers = readers
        self._writer = writer
        self._veil = veil

    def get(self, plan_id: Id) -> DayPlan | None:
        row = self._readers.row("SELECT doc FROM day_plans WHERE id = ?", (plan_id,))
        return None if row is None else _plan_from(self._veil.show(row[0], "day_plans", plan_id, "doc"))

    def page(self, after: Id | None, limit: int) -> Sequence[PlanSummary]:
        rows = self._readers.rows(
            "SELECT summary FROM day_plans WHERE id < ? ORDER BY id DESC LIMIT ?",
            (AFTER_EVERY_ID if after is None else after, limit),
        )
        return [_summary_from(summary) for (summary,) in rows]

    def sweep(self, before: str, limit: int) -> int:
        # Most often none is old: then nothing is written.
        old = self._readers.rows("SELECT id FROM day_plans WHERE date < ? LIMIT ?", (before, limit))
        forget = "DELETE FROM day_plans WHERE id = ?"
        return self._writer.run(lambda db: db.executemany(forget, old).rowcount) if old else 0


def plan_row(plan: DayPlan, veil: Veil) -> tuple[Any, ...]:
    """What is stored of a plan."""
    doc = veil.hide(encode(plan), "day_plans", plan.id, "doc")
    return plan.id, plan.version, encode(summary_of(plan)), doc, plan.date


class DayPlanRoot:
    """One plan on its way into the file."""

    def __init__(self, change: Change[DayPlan], veil: Veil) -> None:
        self._expected = change.expected
        self._row = plan_row(change.root, veil)

    def check(self, db: sqlite3.Connection) -> None:
        """Raise StaleVersion unless the expected version is stored (None: nothing is)."""
        found = db.execute("SELECT version FROM day_plans WHERE id = ?", self._row[:1]).fetchone()
        if self._expected != (None if found is None else found[0]):
            raise StaleVersion

    def store(self, db: sqlite3.Connection) -> None:
        """Write it."""
        db.execute(_KEEP, self._row)

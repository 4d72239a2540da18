"""Noting of the plans of an older file which days they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.dayplan import PlanSummary

if TYPE_CHECKING:
    import sqlite3

_summary_from: Final = msgspec.msgpack.Decoder(PlanSummary).decode


def date_plans(db: sqlite3.Connection) -> None:
    """Each plan's day stands in its summary."""
    plans = db.execute("SELECT id, summary FROM day_plans").fetchall()
    dated = [(_summary_from(summary).date, plan_id) for plan_id, summary in plans]
    db.executemany("UPDATE day_plans SET date = ? WHERE id = ?", dated)

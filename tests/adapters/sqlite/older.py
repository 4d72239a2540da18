"""A file as an older Hosanna left it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

UNDOING: Mapping[int, tuple[str, ...]] = {
    9: ("DROP INDEX webhooks_living", "ALTER TABLE webhooks DROP COLUMN gone"),
    8: (
        "DROP INDEX deliveries_waiting",
        "CREATE INDEX deliveries_due ON deliveries (webhook_id, due_at) WHERE due_at IS NOT NULL",
    ),
    7: ("DROP INDEX notices_age", "DROP INDEX day_plans_age", "ALTER TABLE day_plans DROP COLUMN date"),
    6: ("DROP TABLE tallies", "DROP TABLE reasons"),
}
"""What takes a step of the schema back: the one from that version on, newest first."""


def made_older(path: Path, version: int) -> None:
    """Take every step back that leads beyond *version*."""
    with closing(sqlite3.connect(path)) as db:
        for step, statements in UNDOING.items():
            for statement in statements if step >= version else ():
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()

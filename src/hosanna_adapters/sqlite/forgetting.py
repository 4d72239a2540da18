"""Erasing a person, in the transaction of the change that erases the rest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    from hosanna_core.model.ids import UserId


def forget_entries(db: sqlite3.Connection, job: int) -> None:
    """Remove the open values of all entries that a job has."""
    db.execute("UPDATE entries SET open = x'' WHERE job = ?", (job,))


def forget_belongings(db: sqlite3.Connection, user_id: UserId) -> None:
    """Remove a user's sessions and notices, what they follow, and where they are pushed to."""
    for table in ("sessions", "notices", "followers", "subscriptions"):
        db.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))


def forget_in_audit(db: sqlite3.Connection, user_id: UserId) -> None:
    """Remove the open values and salts of every audit entry that names a user as actor or subject."""
    db.execute("UPDATE audit SET personal = x'' WHERE actor_id = ?", (user_id,))
    db.execute("UPDATE audit SET personal = x'' WHERE subject_id = ?", (user_id,))

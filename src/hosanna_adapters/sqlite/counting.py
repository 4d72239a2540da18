"""Counting, in the transaction of what is counted; and counting a file anew that could not do so yet."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Final

from hosanna_core.model.entry import Entry
from hosanna_core.model.tally import Measure, Tally
from hosanna_core.rules.tallies import account_from, at_every_width

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from hosanna_core.model.tally import Account

CODES: Final = {
    Measure.MOVED: 0,
    Measure.STAYED: 1,
    Measure.ARRIVED: 2,
    Measure.LATE: 3,
    Measure.WORKED: 4,
    Measure.ACTED: 5,
}
"""How measures are stored. Written out, because what is stored must not move when the vocabulary grows."""
MEASURES: Final = {code: measure for measure, code in CODES.items()}
_ADD: Final = """
    INSERT INTO tallies (measure, width, slot, office, key, bucket, n) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET n = n + excluded.n
"""
_SWEEP: Final = """
    DELETE FROM tallies
    WHERE measure = ? AND width = ? AND slot = ? AND office = ? AND key = ? AND bucket = ? AND n = 0
"""
_REASON: Final = "INSERT INTO reasons (at, job, version) VALUES (?, ?, ?)"
AT_ONCE: Final = 200_000
"""Tallies that are kept together while a whole file is counted."""


def add_account(db: sqlite3.Connection, n: int, account: Account) -> None:
    """Count what a change of the job *n* adds."""
    add_tallies(db, account.tallies)
    db.executemany(_REASON, [(given.at, n, given.version) for given in account.reasons])


def add_tallies(db: sqlite3.Connection, tallies: Mapping[Tally, int]) -> None:
    """Add so many to each, at every width; one that comes to nothing goes."""
    rows = sorted(
        (CODES[tally.measure], *tally[1:], count) for tally, count in at_every_width(tallies).items()
    )
    db.executemany(_ADD, rows)
    db.executemany(_SWEEP, [row[:-1] for row in rows if row[-1] < 0])


def count_anew(db: sqlite3.Connection) -> None:
    """Count a file that could not do so yet, from the histories of all its jobs."""
    tallies: Counter[Tally] = Counter()
    stored = db.execute("SELECT job, version, sealed, hash FROM entries ORDER BY job, version")
    for n, rows in groupby(stored, lambda row: row[0]):
        entries = (Entry(version=row[1], sealed=row[2], open={}, hash=row[3]) for row in rows)
        account = account_from(entries)
        db.executemany(_REASON, [(given.at, n, given.version) for given in account.reasons])
        for tally, count in account.tallies.items():
            tallies[tally] += count
        if len(tallies) > AT_ONCE:
            add_tallies(db, tallies)
            tallies.clear()
    add_tallies(db, tallies)

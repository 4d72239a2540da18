"""A file of a Hosanna that could not count yet is counted when it is opened."""

import sqlite3
from pathlib import Path

from tests.adapters.sqlite.older import made_older

from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.schema import MIGRATIONS
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.tallies import ALWAYS, demand_counted
from hosanna_core.testing.walking import walks

BEFORE = 6
"""The version of the schema that knew no tallies."""


def test_an_older_file_is_counted_from_its_histories(path: Path) -> None:
    changes = walks(1, 25)
    with SqliteStore.open(path) as opened:
        for change in changes:
            opened.ports().ledger.commit(change)
        reasons = opened.ports().tallies.reasons
        told = list(reasons(SEES_ALL, ALWAYS, 1_000))
    made_older(path, BEFORE)
    with SqliteStore.open(path) as opened:
        demand_counted(opened.ports(), changes)
        assert list(opened.ports().tallies.reasons(SEES_ALL, ALWAYS, 1_000)) == told != []
        later = walks(2, 5, first=5_000)
        for change in later:
            opened.ports().ledger.commit(change)
        demand_counted(opened.ports(), [*changes, *later])
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    db.close()

"""A table or a collection that is added one day is copied, or somebody has said why not."""

import sqlite3
from pathlib import Path

from hosanna_adapters.mongo import schema
from hosanna_adapters.mongo import snapshots as on_mongo
from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite import snapshots as on_sqlite
from hosanna_core.model.snapshot import KINDS

APART = {"keys", "numbering"}
"""Kinds of which there is one, that lie among other things."""
DERIVED = {"documents", "words", "technicians", "customer_jobs", "tallies", "reasons"}
WITH_THE_JOB = {"entries", "segments"}
OF_THE_MOMENT = {"feed", "tickets"}
LOOKED_AT_APART = {"counters", "secrets", "meta", "guards"}
ALL_ELSE = DERIVED | WITH_THE_JOB | OF_THE_MOMENT | LOOKED_AT_APART


def test_every_table_of_sqlite_is_copied_or_said_not_to_be(tmp_path: Path) -> None:
    with SqliteStore.open(tmp_path / "x"), sqlite3.connect(tmp_path / "x") as db:
        found = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    tables = {name for name in found if not name.startswith("sqlite_")}
    assert tables - ALL_ELSE == set(on_sqlite.TABLES.values())


def test_every_collection_of_mongodb_is_copied_or_said_not_to_be() -> None:
    assert set(schema.COLLECTIONS) - ALL_ELSE == set(on_mongo.TABLES.values())


def test_every_kind_has_a_place() -> None:
    assert set(on_sqlite.TABLES) | APART == set(KINDS)
    assert set(on_mongo.TABLES) | APART | {"administrator"} == set(KINDS)

"""Counting on MongoDB: each job carries what it adds until somebody gathers it, and nothing counts twice."""

from functools import partial
from typing import Any

import pytest
from pymongo.database import Database
from tests.adapters.mongo.conftest import Operations

from hosanna_adapters.mongo import MongoStore, schema
from hosanna_adapters.mongo.archive import Archive
from hosanna_adapters.mongo.counting import UNTOLD, gather
from hosanna_adapters.mongo.units import Transactions
from hosanna_core.model.ids import LATEST
from hosanna_core.model.schedule import Window
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.tallies import asked, demand_counted
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import START
from hosanna_core.testing.walking import walks


@pytest.fixture
def store(wire_database: Database[dict[str, Any]]) -> MongoStore:
    return MongoStore(wire_database)


def committed(store: MongoStore, changes: list[Any]) -> None:
    for change in changes:
        store.ledger.commit(change)


def gathering(store: MongoStore, limit: int) -> int:
    archive: Archive = store.ledger._archive
    return gather(archive, Transactions(archive.database), limit)


def test_a_step_of_a_job_is_one_operation_whatever_it_counts(watched: Any, operations: Operations) -> None:
    changes = walks(1, 3)
    for change in changes:
        operations.forget()
        watched.ledger.commit(change)
        if change.expected is not None and not change.forgets:
            assert operations.names == ["update"]


def test_all_that_a_report_asks_for_is_a_handful_of_operations_however_long_its_time(
    watched: MongoStore, operations: Operations
) -> None:
    committed(watched, walks(6, 20))
    tallies = watched.ports().tallies
    wanted = [asked(hidden=True, width=width) for width in (1, 4, 96)] * 8
    operations.forget()
    assert all(tallies.sums(wanted))
    assert operations.names == ["find", "find", "commitTransaction"]
    operations.forget()
    assert sum(map(sum, tallies.standing(SEES_ALL, (START + 20, START + 10, START)).values())) == 20
    assert tallies.reasons(SEES_ALL, Window(0, LATEST), 100)
    assert operations.names == ["aggregate", "find"]


def test_reasons_that_have_moved_out_of_the_roots_are_read_together(
    watched: MongoStore, wire_database: Database[dict[str, Any]], operations: Operations
) -> None:
    committed(watched, walks(3, 25, steps=25))
    tallies = watched.ports().tallies
    wanted = tallies.reasons(SEES_ALL, Window(0, LATEST), 100)
    for each in wire_database[schema.JOBS].find():
        wire_database[schema.SEGMENTS].insert_one(
            {"_id": f"{each['_id']}|000001", "entries": each["history"][:-1]}
        )
        wire_database[schema.JOBS].update_one(
            {"_id": each["_id"]}, {"$set": {"history": each["history"][-1:]}}
        )
    operations.forget()
    assert tallies.reasons(SEES_ALL, Window(0, LATEST), 100) == wanted
    assert operations.names[:2] == ["find", "find"]
    assert len(operations.names) <= 2 + len({each.job_id for each in wanted})


def test_what_is_gathered_piece_by_piece_counts_once(
    store: MongoStore, wire_database: Database[dict[str, Any]]
) -> None:
    changes = walks(2, 15)
    half = len(changes) // 2
    committed(store, changes[:half])
    assert gathering(store, 4) == 4
    demand_counted(store.ports(), changes[:half])
    committed(store, changes[half:])
    demand_counted(store.ports(), changes)
    while gathering(store, 7):
        demand_counted(store.ports(), changes)
    assert wire_database[schema.JOBS].count_documents(UNTOLD) == 0


def test_two_who_gather_while_others_write_count_nothing_twice(
    store: MongoStore, wire_database: Database[dict[str, Any]]
) -> None:
    changes = walks(3, 12)
    later = walks(4, 6, first=5_000)
    committed(store, changes)
    race(
        [
            partial(committed, store, later),
            *(partial(gathering, store, 5) for _ in range(3)),
        ]
    )
    demand_counted(store.ports(), [*changes, *later])


def test_an_older_store_is_counted_from_its_histories(wire_database: Database[dict[str, Any]]) -> None:
    store = MongoStore(wire_database)
    changes = walks(5, 15)
    committed(store, changes)
    gone = {"untold": "", "untold_at": "", "counted": "", "reasoned": ""}
    wire_database[schema.JOBS].update_many({}, {"$unset": gone})
    wire_database[schema.TALLIES].delete_many({})
    wire_database[schema.META].delete_one({"_id": "counted"})
    wire_database[schema.META].update_one({"_id": "schema"}, {"$set": {"version": 4}})
    again = MongoStore(wire_database)
    demand_counted(again.ports(), changes)
    assert wire_database[schema.META].find_one({"_id": "schema"}, {"_id": 0}) == {"version": schema.VERSION}

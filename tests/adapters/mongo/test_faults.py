"""Servers that are away, slow, of the wrong kind, or gone in the middle of a commit."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure, PyMongoError
from secantus import SecantusDBServer
from tests.adapters.mongo.conftest import Operations

from hosanna_adapters.mongo import MongoStore, Standalone, commit, patience, units
from hosanna_adapters.mongo.commit import MongoLedger
from hosanna_core.errors import Busy, RestoreUnderWay, StaleVersion
from hosanna_core.model.change import Change
from hosanna_core.model.ids import HOUR
from hosanna_core.model.job import Job
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.model.snapshot import Record, WholeJob
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import stored
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_notice,
    after,
    an_announcement,
    announcement_change,
    id_of,
    job_change,
)
from hosanna_core.testing.snapshot_samples import a_snapshot

TECHNICIAN = id_of(900)


@pytest.fixture
def store(wire_database: Database[dict[str, Any]]) -> MongoStore:
    return MongoStore(wire_database)


def test_a_server_that_is_away_is_busy_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIND_A_SERVER", 0.2)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(Busy):
            MongoStore.open(f"mongodb://127.0.0.1:{port}/")


def test_a_server_that_never_answers_is_busy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIND_A_SERVER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Busy):
        MongoStore.open(f"mongodb://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_standalone_is_refused_with_the_commands_that_help(tmp_path: Path) -> None:
    with (
        SecantusDBServer(storage_path=str(tmp_path), replica_set_name=None) as server,
        pytest.raises(Standalone) as refusal,
    ):
        MongoStore.open(server.uri)
    assert "mongod --replSet" in refusal.value.detail
    assert "rs.initiate()" in refusal.value.detail


def test_the_database_is_the_one_asked_for_or_that_of_the_uri_or_hosanna(
    wire_uri: str, wire_database: Database[dict[str, Any]]
) -> None:
    name = wire_database.name
    one = MongoStore.open(wire_uri, database=name)
    job = stored(one.ports(), a_job(1))
    other = MongoStore.open(f"{wire_uri}{name}")
    assert other.jobs.get(job.id, SEES_ALL) == job
    one.close()
    other.close()


def test_several_servers_at_once_share_numbers_and_secret(
    wire_uri: str, wire_database: Database[dict[str, Any]]
) -> None:
    stores = [MongoStore.open(wire_uri, database=wire_database.name) for _ in range(3)]
    given = [number for _ in range(10) for each in stores for number in each.jobs.claim_numbers(3)]
    assert len(set(given)) == 90
    kept = {each.keystore.keep(bytes([n]), None) for n, each in enumerate(stores)}
    assert len(kept) == 1
    for each in stores:
        each.close()


def lost_after(commit_it: bool) -> Callable[[MongoLedger, Change[Job]], None]:
    """A commit whose answer never comes, after or before the server did it."""
    really = MongoLedger._commit

    def lost(ledger: MongoLedger, change: Change[Job]) -> None:
        if commit_it:
            really(ledger, change)
        raise AutoReconnect("connection reset")

    return lost


def test_a_change_that_was_made_although_its_answer_was_lost_is_acknowledged(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(store.ports(), a_job(1))
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=True))
    moved = stored(store.ports(), after(job), job)
    assert store.jobs.get(job.id, SEES_ALL) == moved


def test_a_change_that_was_not_made_when_the_answer_was_lost_is_busy(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(store.ports(), a_job(1))
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=False))
    with pytest.raises(Busy, match="nothing was changed"):
        stored(store.ports(), after(job), job)
    assert store.jobs.get(job.id, SEES_ALL) == job


@pytest.mark.parametrize("done", [True, False])
def test_an_announcement_whose_answer_was_lost_is_looked_up(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=done))
    announcement = an_announcement(1)
    if done:
        store.ledger.commit(announcement_change(announcement))
    else:
        with pytest.raises(Busy, match="nothing was changed"):
            store.ledger.commit(announcement_change(announcement))
    assert store.announcements.get(announcement.id) == (announcement if done else None)


def test_a_rival_s_change_is_not_taken_for_one_s_own_when_the_answer_was_lost(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(store.ports(), a_job(1))
    stored(store.ports(), after(job, title="theirs"), job)
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=False))
    with pytest.raises(Busy):
        stored(store.ports(), after(job, title="mine"), job)


def test_what_became_of_a_change_is_told_by_the_newest_that_a_majority_confirms(
    watched: MongoStore, operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(watched.ports(), a_job(1))
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=True))
    operations.forget()
    stored(watched.ports(), after(job), job)
    assert operations.names == ["update", "find"]
    assert operations.sent[-1]["readConcern"] == {"level": "linearizable"}
    # Without a limit the server would wait for its majority as long as it takes.
    assert operations.sent[-1]["maxTimeMS"] <= patience.SETTLE * 1000


@pytest.mark.parametrize("done", [True, False])
def test_a_change_that_no_majority_confirms_is_neither_called_made_nor_called_unmade(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    job = stored(store.ports(), a_job(1))
    monkeypatch.setattr(MongoLedger, "_commit", lost_after(commit_it=done))
    find_one = Collection[dict[str, Any]].find_one

    def without_a_majority(roots: Collection[dict[str, Any]], *asked: Any) -> object:
        if roots.read_concern.level == "linearizable":
            raise ExecutionTimeout("operation exceeded time limit", 50)
        return find_one(roots, *asked)

    monkeypatch.setattr(Collection, "find_one", without_a_majority)
    with pytest.raises(Busy, match="not known"):
        stored(store.ports(), after(job), job)


@pytest.mark.parametrize("done", [True, False])
def test_a_batch_whose_answer_was_lost_is_looked_up(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    really = units.Transactions.run

    def lost(self: units.Transactions, writes: Callable[[units.Unit], None]) -> None:
        if done:
            really(self, writes)
        raise AutoReconnect("connection reset")

    monkeypatch.setattr(units.Transactions, "run", lost)
    changes = [job_change(a_job(n)) for n in range(1, 4)]
    if done:
        assert store.ledger.commit_each(changes) == [None] * 3
    else:
        with pytest.raises(Busy):
            store.ledger.commit_each(changes)
    assert [store.jobs.get(id_of(n), SEES_ALL) is not None for n in range(1, 4)] == [done] * 3


def test_a_transaction_that_is_disturbed_for_ever_ends_as_busy(
    store: MongoStore, wire_database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(store.ports(), a_job(1), calendars=(a_calendar(TECHNICIAN),))
    monkeypatch.setattr(units, "COMMIT", 0.3)
    booked = job_change(
        after(job),
        job,
        calendars=(a_calendar(TECHNICIAN, 2, visits=(Visit(job.id, Window(START, START + HOUR)),)),),
    )
    with wire_database.client.start_session() as session, session.start_transaction():
        wire_database["calendars"].update_one({"_id": TECHNICIAN}, {"$set": {"held": 1}}, session=session)
        with pytest.raises(Busy):
            store.ledger.commit(booked)
        assert store.jobs.get(job.id, SEES_ALL) == job
        session.abort_transaction()
    monkeypatch.undo()
    store.ledger.commit(booked)
    assert store.calendars.of([TECHNICIAN])[TECHNICIAN].visits


def test_a_transaction_whose_time_is_over_is_ended_at_the_server_too(
    watched_database: Database[dict[str, Any]], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "COMMIT", 0.3)
    jobs = watched_database["jobs"]

    def too_long(unit: units.Unit) -> None:
        jobs.update_one({"_id": "held"}, {"$set": {"n": 1}}, upsert=True, session=unit.session)
        time.sleep(0.4)
        jobs.update_one({"_id": "other"}, {"$set": {"n": 1}}, upsert=True, session=unit.session)

    operations.forget()
    with pytest.raises(PyMongoError):
        units.Transactions(watched_database).run(too_long)
    assert operations.names == ["update", "abortTransaction"]
    jobs.update_one({"_id": "held"}, {"$set": {"n": 2}}, upsert=True)


def test_a_transaction_that_was_given_up_is_not_committed_later(
    store: MongoStore, wire_database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server gets to it only when nobody waits for it any more."""
    monkeypatch.setattr(units, "COMMIT", 0.3)
    change = job_change(a_job(1), notices=(a_notice(1, TECHNICIAN),))
    held_up(wire_database, "commitTransaction", seconds=1)
    with pytest.raises(Busy, match="nothing was changed"):
        store.ledger.commit(change)
    time.sleep(1.2)
    assert store.jobs.get(change.root.id, SEES_ALL) is None
    store.ledger.commit(change)


def test_a_single_write_that_was_given_up_is_overtaken_in_its_session(
    watched_database: Database[dict[str, Any]], operations: Operations
) -> None:
    """MongoDB refuses from then on what comes with a lower number; the server of the tests does not."""
    given_up = watched_database["jobs"]

    def write(unit: units.Unit) -> None:
        unit.touch(given_up.name, "late")
        with pymongo.timeout(0.3):
            given_up.insert_one({"_id": "late"}, session=unit.session)

    operations.forget()
    held_up(watched_database, "insert", seconds=1)
    with pytest.raises(PyMongoError):
        units.Transactions(watched_database).single(write)
    inserted, overtaking = (each for each in operations.sent if next(iter(each)) in {"insert", "find"})
    assert overtaking["lsid"] == inserted["lsid"]
    assert overtaking["txnNumber"] > inserted["txnNumber"]
    assert not overtaking["autocommit"]
    # Of a cluster the shard that has it must hear of it.
    assert (overtaking["find"], overtaking["filter"]) == ("jobs", {"_id": "late"})


def test_a_write_that_even_its_successor_tells_nothing_of_is_not_called_unmade(
    store: MongoStore, wire_database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "COMMIT", 0.3)
    monkeypatch.setattr(units, "SETTLE", 0.3)
    held_up(wire_database, "commitTransaction", "find", seconds=1)
    with pytest.raises(Busy, match="not known"):
        store.ledger.commit(job_change(a_job(1), notices=(a_notice(1, TECHNICIAN),)))


def test_what_only_is_in_the_way_of_the_successor_is_asked_again(
    store: MongoStore, wire_database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a primary that steps down: within a transaction the driver asks nothing twice."""
    monkeypatch.setattr(units, "COMMIT", 0.3)
    find_one, stepping_down = Collection[dict[str, Any]].find_one, iter([True])

    def once_in_vain(asked: Collection[dict[str, Any]], *what: Any, **how: Any) -> object:
        if "session" in how and next(stepping_down, False):
            raise AutoReconnect("not primary", {"errorLabels": [patience.TRANSIENT]})
        return find_one(asked, *what, **how)

    monkeypatch.setattr(Collection, "find_one", once_in_vain)
    change = job_change(a_job(1), notices=(a_notice(1, TECHNICIAN),))
    held_up(wire_database, "commitTransaction", seconds=1)
    with pytest.raises(Busy, match="nothing was changed"):
        store.ledger.commit(change)


def test_who_overtakes_in_vain_does_not_wait_for_the_farewell_as_for_an_answer(
    watched_database: Database[dict[str, Any]], operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver would: at the end of a session it ends what is open, in as much time as for anything else."""
    monkeypatch.setattr(units, "COMMIT", 0.3)
    monkeypatch.setattr(units, "SETTLE", 0.3)
    monkeypatch.setattr(patience, "FAREWELL", 0.2)
    jobs = watched_database["jobs"]

    def write(unit: units.Unit) -> None:
        jobs.insert_one({"_id": "late"}, session=unit.session)

    held_up(watched_database, "commitTransaction", "find", "abortTransaction", seconds=2)
    operations.forget()
    with pytest.raises(Busy, match="not known"):
        units.Transactions(watched_database).run(write)
    assert operations.names == ["insert", "commitTransaction", "find", "abortTransaction"]
    assert operations.sent[-1]["maxTimeMS"] <= 200


@pytest.mark.parametrize("done", [True, False])
def test_a_commit_of_which_the_server_itself_knows_nothing_is_looked_up(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """As of a cluster whose router does not reach a shard: that is no time that is over, and no lost connection."""
    monkeypatch.setattr(units, "COMMIT", 1.5)
    really = ClientSession.commit_transaction

    def unknown(session: ClientSession) -> None:
        if done:
            really(session)
        raise OperationFailure("HostUnreachable", 6, {"errorLabels": [patience.UNKNOWN]})

    change = job_change(a_job(1), notices=(a_notice(1, TECHNICIAN),))
    monkeypatch.setattr(ClientSession, "commit_transaction", unknown)
    if done:
        store.ledger.commit(change)
    else:
        with pytest.raises(Busy, match="nothing was changed"):
            store.ledger.commit(change)
    assert (store.jobs.get(change.root.id, SEES_ALL) is not None) is done


def held_up(database: Database[dict[str, Any]], *commands: str, seconds: float) -> None:
    """The next of each are kept waiting before the server looks at them."""
    database.client.admin.command(
        "configureFailPoint",
        "failCommand",
        mode={"times": len(commands)},
        data={"failCommands": commands, "blockConnection": True, "blockTimeMS": int(seconds * 1000)},
    )


def test_a_batch_in_which_one_is_refused_stores_the_others(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit, "AT_ONCE", 4)
    stored(store.ports(), a_job(6))
    outcomes = store.ledger.commit_each([job_change(a_job(n)) for n in range(1, 11)])
    assert [n for n, outcome in enumerate(outcomes, 1) if outcome is not None] == [6]
    assert isinstance(outcomes[5], StaleVersion)
    assert all(store.jobs.get(id_of(n), SEES_ALL) is not None for n in range(1, 11))


def test_what_a_restore_that_was_killed_had_sent_and_comes_late_stops_the_next_one(
    store: MongoStore, wire_database: Database[dict[str, Any]]
) -> None:
    first = next(each for each in a_snapshot() if isinstance(each, WholeJob)).job.id

    def late() -> Iterator[Record]:
        wire_database["jobs"].insert_one({"_id": first})
        yield from a_snapshot()

    with pytest.raises(RestoreUnderWay):
        store.snapshots.load(late())
    store.snapshots.load(a_snapshot())
    assert store.jobs.get(first, SEES_ALL)

"""The file itself: how it is made, brought up to date, refused, and what happens when the disk gives out."""

import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest
from tests.adapters.sqlite.older import made_older
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore, SqliteTooOld
from hosanna_adapters.sqlite.connections import connect
from hosanna_adapters.sqlite.rows import STANDINGS
from hosanna_adapters.sqlite.schema import MIGRATIONS, STANDING_CODES, migrate
from hosanna_core.errors import Busy, SchemaTooNew
from hosanna_core.model.change import Change
from hosanna_core.model.ids import DAY
from hosanna_core.model.job import Job
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Standing
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import START, a_job, a_plan, after, id_of, job_change, plan_change

STEPS = (*MIGRATIONS, ("CREATE TABLE later (n INTEGER)", "INSERT INTO later VALUES (1)"))


def version_of(path: Path) -> int:
    db = sqlite3.connect(path)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(version)


def test_only_the_owner_reads_the_files_and_the_folder(path: Path, opened: SqliteStore) -> None:
    opened.ports().ledger.commit(job_change(a_job(1)))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {path.name + ending: 0o600 for ending in ("", "-wal", "-shm")}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(opened: SqliteStore) -> None:
    db = opened._writer._db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    with SqliteStore.open(path) as opened:
        opened.ports().ledger.commit(job_change(a_job(1)))
    assert version_of(path) == len(MIGRATIONS)
    assert faults(path) == []


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(path: Path) -> None:
    with SqliteStore.open(path) as opened:
        opened.ports().ledger.commit(job_change(a_job(1)))
    db = connect(path, writing=True)
    migrate(db, STEPS)
    migrate(db, STEPS)
    assert db.execute("SELECT n FROM later").fetchall() == [(1,)]
    db.close()
    assert version_of(path) == len(STEPS)
    assert faults(path) == []


def test_of_the_plans_of_an_older_file_it_is_noted_which_days_they_are_of(path: Path) -> None:
    with SqliteStore.open(path) as opened:
        for number, date in ((1, "2026-03-01"), (2, "2026-03-02")):
            opened.ports().ledger.commit(plan_change(a_plan(number, date=date)))
    made_older(path, 7)
    with SqliteStore.open(path) as opened:
        assert opened.ports().dayplans.sweep("2026-03-02", 10) == 1
        assert opened.ports().dayplans.get(id_of(2)) == a_plan(2, date="2026-03-02")


def test_a_step_that_fails_leaves_the_file_at_the_step_before(path: Path) -> None:
    SqliteStore.open(path).close()
    db = connect(path, writing=True)
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(db, (*MIGRATIONS, ("CREATE TABLE later (n INTEGER)", "nonsense")))
    assert db.execute("SELECT name FROM sqlite_schema WHERE name = 'later'").fetchall() == []
    db.close()
    assert version_of(path) == len(MIGRATIONS)


def test_eight_who_start_at_once_on_a_new_file_all_get_the_same_store(path: Path) -> None:
    def start(number: int) -> Callable[[], int]:
        def run() -> int:
            with SqliteStore.open(path) as opened:
                opened.ports().ledger.commit(job_change(a_job(number)))
                return number

        return run

    race([start(number) for number in range(1, 9)])
    with SqliteStore.open(path) as opened:
        page = opened.ports().jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 20)
    assert [row.id for row in page.rows] == [id_of(number) for number in range(1, 9)]


def test_a_file_of_a_newer_hosanna_is_refused_and_left_as_it_is(path: Path) -> None:
    SqliteStore.open(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(
        SchemaTooNew, match=f"schema version 99, this Hosanna knows {len(MIGRATIONS)} at most"
    ):
        SqliteStore.open(path)
    assert version_of(path) == 99


def test_a_sqlite_that_is_too_old_is_refused_before_anything_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(SqliteTooOld, match=r"needs 3\.35 or newer"):
        SqliteStore.open(path)
    assert not path.exists()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 0))
    SqliteStore.open(path).close()


def test_what_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("Dear diary, this is not a database. " * 40)
    with pytest.raises(sqlite3.DatabaseError, match="file is not a database"):
        SqliteStore.open(path)


def test_a_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(OSError, match="Is a directory"):
        SqliteStore.open(path)


def test_a_full_disk_refuses_a_change_whole_and_takes_it_once_there_is_room(
    path: Path, opened: SqliteStore
) -> None:
    store, db = opened.ports(), opened._writer._db
    store.ledger.commit(job_change(a_job(1)))
    db.execute("PRAGMA max_page_count = 1")
    large = job_change(a_job(2, description="word " * 20_000))
    with pytest.raises(Busy, match="The disk is full: nothing was changed"):
        store.ledger.commit(large)
    with pytest.raises(Busy, match="The disk is full"):
        store.ledger.commit_each([job_change(a_job(3)), large])
    assert [store.jobs.get(id_of(n), SEES_ALL) is not None for n in (1, 2, 3)] == [True, False, False]
    db.execute("PRAGMA max_page_count = 1000000")
    store.ledger.commit(large)
    assert store.jobs.get(id_of(2), SEES_ALL) == large.root
    assert faults(path) == []


def test_a_file_that_cannot_be_written_makes_the_store_busy(opened: SqliteStore) -> None:
    opened._writer._db.execute("PRAGMA query_only = ON")
    with pytest.raises(Busy, match="cannot be written: nothing was changed"):
        opened.ports().ledger.commit(job_change(a_job(1)))


def test_a_writer_that_another_process_keeps_waiting_is_busy_and_changes_nothing(
    path: Path, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.patience.PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="Another process writes"):
        opened.ports().ledger.commit(job_change(a_job(1)))
    assert opened.ports().jobs.get(id_of(1), SEES_ALL) is None
    other.execute("ROLLBACK")
    other.close()
    opened.ports().ledger.commit(job_change(a_job(1)))


def test_a_closed_store_says_so(path: Path) -> None:
    opened = SqliteStore.open(path)
    opened.close()
    with pytest.raises(Busy, match="closed"):
        opened.ports().jobs.get(id_of(1), SEES_ALL)
    with pytest.raises(Busy, match="closed"):
        opened.ports().ledger.commit(job_change(a_job(1)))


def test_readers_cannot_write(opened: SqliteStore) -> None:
    with pytest.raises(Busy, match="cannot be written"):
        opened._readers.rows("DELETE FROM jobs")


def test_every_standing_has_a_code_of_its_own_for_ever() -> None:
    assert STANDING_CODES == {
        Standing.TENTATIVE: 0,
        Standing.CONFIRMED: 1,
        Standing.ASSIGNED: 2,
        Standing.DISPATCHED: 3,
        Standing.IN_PROGRESS: 4,
        Standing.ON_HOLD: 5,
        Standing.COMPLETED: 6,
        Standing.BILLED: 7,
        Standing.CANCELLED_UNSEEN: 8,
        Standing.CANCELLED_OFFICE: 9,
        Standing.CANCELLED_FIELD: 10,
    }
    assert set(STANDINGS.values()) == set(Standing)


class Gathering:
    """Holds the writer back until so many changes wait, and counts the transactions that they take then."""

    def __init__(self, opened: SqliteStore, waiting: int) -> None:
        self._writer = opened._writer
        self._waiting = waiting
        self.statements: list[str] = []

    def let_go(self) -> None:
        self._writer._db.set_trace_callback(self.statements.append)
        while len(self._writer._waiting) < self._waiting:
            os.sched_yield()
        self._writer._lock.release()


def test_what_waits_together_is_committed_together_and_refused_apart(opened: SqliteStore) -> None:
    store = opened.ports()
    jobs = [a_job(number) for number in (1, 2, 3, 4, 4, 5)]
    outcomes: dict[int, Any] = {}

    def commit(k: int) -> None:
        try:
            outcomes[k] = store.ledger.commit(job_change(jobs[k]))
        except Exception as refusal:
            outcomes[k] = type(refusal).__name__

    gathering = Gathering(opened, len(jobs))
    opened._writer._lock.acquire()
    threads = [Thread(target=commit, args=(k,)) for k in range(len(jobs))]
    for thread in threads:
        thread.start()
    gathering.let_go()
    for thread in threads:
        thread.join()
    assert gathering.statements.count("COMMIT") == 1
    assert sorted(map(str, outcomes.values())) == ["None"] * 5 + ["StaleVersion"]


def test_a_change_that_cannot_be_stored_harms_none_of_its_batch(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    good, bad = job_change(a_job(1)), job_change(a_job(2, version=2**63))
    with pytest.raises(OverflowError):
        store.ledger.commit_each([good, bad, job_change(a_job(3))])
    assert [store.jobs.get(id_of(n), SEES_ALL) is not None for n in (1, 2, 3)] == [True, False, True]
    assert faults(path) == []


def test_expired_receipts_go_when_new_ones_come(opened: SqliteStore) -> None:
    store = opened.ports()
    for number in range(1, 6):
        store.ledger.commit(job_change(a_job(number), receipt=a_receipt(f"old-{number}")))
    store.ledger.commit(job_change(a_job(9), receipt=a_receipt("new", START + DAY + 1)))
    assert opened._readers.rows("SELECT key FROM receipts") == [("new",)]


def instants_of_the_feed(opened: SqliteStore) -> list[int]:
    return [at for (at,) in opened._readers.rows("SELECT at FROM feed ORDER BY n")]


def told_at(number: int, at: int) -> Change[Job]:
    """A new job whose only event happened then."""
    change = job_change(a_job(number))
    (event,) = change.events
    return msgspec.structs.replace(change, events=(msgspec.structs.replace(event, at=at),))


def test_the_feed_keeps_seven_days_and_drops_a_few_older_events_with_each_commit(opened: SqliteStore) -> None:
    ledger = opened.ports().ledger
    for number in range(20):
        ledger.commit(told_at(number, START + number))
    ledger.commit(told_at(30, START + 7 * DAY - 1))
    assert len(instants_of_the_feed(opened)) == 21
    lengths = []
    for number in range(31, 35):
        ledger.commit(told_at(number, START + 7 * DAY + 17))
        lengths.append(len(instants_of_the_feed(opened)))
    assert lengths == [14, 7, 6, 7]
    assert instants_of_the_feed(opened)[:2] == [START + 18, START + 19]


def test_the_feed_has_no_gap_whatever_clock_its_events_were_told_by(opened: SqliteStore) -> None:
    ledger = opened.ports().ledger
    for number, at in enumerate((START, START + 30 * DAY, START + 1, START + 8 * DAY, START + 3 * DAY)):
        ledger.commit(told_at(number, at))
    numbers = [n for (n,) in opened._readers.rows("SELECT n FROM feed ORDER BY n")]
    assert numbers == list(range(numbers[0], 6))


def test_a_number_of_the_feed_is_never_given_again(opened: SqliteStore) -> None:
    opened.ports().ledger.commit(told_at(1, START))
    opened.ports().ledger.commit(told_at(2, START + 8 * DAY))
    assert opened._readers.rows("SELECT n FROM feed") == [(2,)]


def test_a_store_has_one_epoch_for_every_process_and_another_store_has_another(
    path: Path, tmp_path: Path
) -> None:
    def epoch(of: Path) -> bytes:
        with SqliteStore.open(of) as opened:
            ((value,),) = opened._readers.rows("SELECT value FROM meta WHERE name = 'epoch'")
            assert isinstance(value, bytes)
            return value

    one, same, other = race([lambda: epoch(path), lambda: epoch(path), lambda: epoch(tmp_path / "other")])
    assert one == same != other
    assert len(one) == len(other) == 16


def test_a_file_stays_sound_through_many_kinds_of_change(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    change = job_change(a_job(1, customer_keys=(b"a", b"b")))
    store.ledger.commit(change)
    for parts in (
        {"title": "Panel upgrade", "customer_keys": (b"b", b"c", b"c")},
        {"standing": Standing.CONFIRMED},
        {"standing": Standing.ASSIGNED, "technician_id": id_of(900)},
        {"title": "Rewire", "customer_keys": ()},
        {"technician_id": None, "standing": Standing.CANCELLED_OFFICE},
    ):
        change = job_change(after(change.root, **parts), change.root)
        store.ledger.commit(change)
        assert faults(path) == []

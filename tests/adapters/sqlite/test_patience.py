"""However many wait to write, each waits no longer than one would alone; and who gave up is never served."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.adapters.sqlite.soundness import faults

from hosanna_adapters.sqlite import SqliteStore
from hosanna_adapters.sqlite.writer import Writer
from hosanna_core.errors import Busy
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import a_job, id_of, job_change

PATIENCE = 0.3
MANY = 40


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.patience.PATIENCE", PATIENCE)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Somebody else writes to the file, and takes their time."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def stopped(writer: Writer, waiting: int) -> Iterator[Callable[[], None]]:
    """The process's own writer does nothing; what is yielded lets it go on once so many turns wait."""
    writer._lock.acquire()

    def go_on() -> None:
        while len(writer._waiting) < waiting:
            os.sched_yield()
        writer._lock.release()

    try:
        yield go_on
    finally:
        if writer._lock.locked():
            writer._lock.release()


def is_busy(work: Callable[[], Any]) -> bool:
    try:
        work()
    except Busy:
        return True
    return False


def refusals(works: list[Callable[[], Any]]) -> tuple[int, float]:
    """How many of those who ask at once are told Busy, and after what time the last."""
    begun = time.monotonic()
    refused = sum(race([lambda work=work: is_busy(work) for work in works]))  # type: ignore[misc]  # bound now
    return refused, time.monotonic() - begun


def commits(opened: SqliteStore, first: int = 1) -> list[Callable[[], Any]]:
    store = opened.ports()
    changes = [job_change(a_job(number)) for number in range(first, first + MANY)]
    return [lambda change=change: store.ledger.commit(change) for change in changes]  # type: ignore[misc]  # bound now


def stored(opened: SqliteStore) -> list[str]:
    page = opened.ports().jobs.page(SEES_ALL, JobFilter(), Sort.OLDEST, None, 100)
    return [row.id for row in page.rows]


def test_many_writes_that_another_process_keeps_waiting_are_refused_together_not_in_turn(
    path: Path, opened: SqliteStore
) -> None:
    with held(path):
        refused, seconds = refusals(commits(opened))
    assert refused == MANY
    assert seconds < MANY * PATIENCE / 2
    assert not opened._writer._waiting


def test_who_was_refused_is_not_written_later_and_everybody_else_is(path: Path, opened: SqliteStore) -> None:
    with held(path):
        refusals(commits(opened))
    opened.ports().ledger.commit(job_change(a_job(99)))
    assert stored(opened) == [id_of(99)]
    assert refusals(commits(opened))[0] == 0
    assert len(stored(opened)) == MANY + 1
    assert faults(path) == []


@pytest.mark.parametrize("count", [1, 40])
def test_many_who_want_numbers_are_refused_together_not_in_turn(
    path: Path, opened: SqliteStore, count: int
) -> None:
    jobs = opened.ports().jobs
    with held(path):
        refused, seconds = refusals([lambda: jobs.claim_numbers(count)] * MANY)
    assert refused == MANY
    assert seconds < MANY * PATIENCE / 2
    given = race([lambda: jobs.claim_numbers(count)] * MANY)
    assert len({number for numbers in given for number in numbers}) == MANY * count


def test_reads_go_on_while_writes_wait(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    store.ledger.commit(job_change(a_job(99)))
    reads = 0
    with held(path):
        writers = [Thread(target=is_busy, args=(work,)) for work in commits(opened)]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            assert stored(opened) == [id_of(99)]
            assert store.jobs.get(id_of(99), SEES_ALL) is not None
            reads += 1
    assert reads > 1


def test_writes_that_wait_are_made_when_the_other_process_is_done_in_time(
    path: Path, opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.patience.PATIENCE", 60)
    writers = [Thread(target=work) for work in commits(opened)]
    with held(path):
        for writer in writers:
            writer.start()
        while len(opened._writer._waiting) < MANY:
            os.sched_yield()
    for writer in writers:
        writer.join()
    assert len(stored(opened)) == MANY


def test_who_gave_up_behind_a_slow_writer_of_the_same_process_is_not_served_later(
    opened: SqliteStore,
) -> None:
    store = opened.ports()
    with stopped(opened._writer, 0) as go_on:
        refused, seconds = refusals(commits(opened))
        go_on()
    assert refused == MANY
    assert seconds < MANY * PATIENCE / 2
    store.ledger.commit(job_change(a_job(99)))
    assert stored(opened) == [id_of(99)]


def test_what_was_begun_is_awaited_to_its_end_however_long_it_takes(opened: SqliteStore) -> None:
    writer, begun, go_on = opened._writer, Event(), Event()
    answers: dict[str, Any] = {}

    def slow(_: sqlite3.Connection) -> str:
        begun.set()
        assert go_on.wait(60)
        return "done"

    def ask(name: str, work: Callable[[sqlite3.Connection], str]) -> None:
        answers[name] = writer.run(work)

    together = [
        Thread(target=ask, args=("first", slow)),
        Thread(target=ask, args=("second", lambda _: "done, too")),
    ]
    with stopped(writer, len(together)) as let_go:
        for number, thread in enumerate(together, start=1):
            thread.start()
            while len(writer._waiting) < number:
                os.sched_yield()
        let_go()
        begun.wait(60)
        time.sleep(1.5 * PATIENCE)
        go_on.set()
        for thread in together:
            thread.join()
    assert answers == {"first": "done", "second": "done, too"}


def test_a_writer_that_is_interrupted_stores_nothing_and_says_so_to_who_shared_its_transaction(
    opened: SqliteStore,
) -> None:
    store = opened.ports()
    outcomes: dict[str, type[BaseException] | None] = {}

    def interrupted(_: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    def ask(name: str, work: Callable[[], Any]) -> None:
        try:
            outcomes[name] = work()
        except BaseException as error:
            outcomes[name] = type(error)

    works: dict[str, Callable[[], Any]] = {
        "commit": lambda: store.ledger.commit(job_change(a_job(1))),
        "interrupted": lambda: opened._writer.run(interrupted),
    }
    threads = [Thread(target=ask, args=each) for each in works.items()]
    with stopped(opened._writer, len(works)) as let_go:
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(opened._writer._waiting) < number:
                os.sched_yield()
        let_go()
        for thread in threads:
            thread.join()
    assert set(outcomes.values()) == {Busy, KeyboardInterrupt}
    assert stored(opened) == []
    store.ledger.commit(job_change(a_job(1)))


def test_busy_means_that_nothing_of_a_batch_is_stored_also_where_one_of_it_is_at_fault(
    opened: SqliteStore,
) -> None:
    store, db = opened.ports(), opened._writer._db
    store.ledger.commit(job_change(a_job(9)))
    db.execute("PRAGMA max_page_count = 1")
    fault, large = a_job(2, version=2**63), a_job(3, description="word " * 20_000)
    with pytest.raises(Busy, match="The disk is full"):
        store.ledger.commit_each([job_change(job) for job in (a_job(1), fault, large)])
    assert stored(opened) == [id_of(9)]

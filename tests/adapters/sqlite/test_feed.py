"""The feed in the file: what is dropped from it, what its numbers are, and who wakes whom."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.adapters.sqlite.test_file import told_at
from tests.adapters.sqlite.test_sqlite_contract import Death, Mortal

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.errors import Busy, CursorLost, StaleVersion
from hosanna_core.model.feed import Cursor
from hosanna_core.model.ids import DAY
from hosanna_core.ports import Store
from hosanna_core.testing.following import events_after, follow
from hosanna_core.testing.racing import race
from hosanna_core.testing.samples import (
    START,
    a_job,
    a_notice,
    a_session,
    an_announcement,
    announcement_change,
    id_of,
    job_change,
    session_change,
)

ANN = id_of(901)
SOON = 10.0


def place(number: int) -> Cursor:
    return number.to_bytes(8, "big")


def is_lost(store: Store, cursor: Cursor) -> bool:
    """The same to who reads and to who waits."""
    answers = set()
    for ask in (lambda: store.feed.after(cursor, 5), lambda: store.feed.wait(cursor, 0)):
        try:
            ask()
            answers.add(False)
        except CursorLost:
            answers.add(True)
    (answer,) = answers
    return answer


def numbers_of(opened: SqliteStore) -> list[int]:
    return [n for (n,) in opened._readers.rows("SELECT n FROM feed ORDER BY n")]


def test_a_place_is_lost_once_an_event_behind_it_was_dropped(opened: SqliteStore) -> None:
    store = opened.ports()
    for number in range(1, 21):
        store.ledger.commit(told_at(number, START))
    assert not is_lost(store, place(0))
    store.ledger.commit(told_at(30, START + 8 * DAY))
    assert numbers_of(opened) == list(range(9, 22))
    assert [is_lost(store, place(n)) for n in (0, 6, 7, 8, 9, 20, 21, 22)] == [True] * 3 + [False] * 4 + [
        True
    ]
    assert [len(follow(store, place(n), 3)) for n in (8, 9, 20, 21)] == [13, 12, 1, 0]


def test_the_end_is_known_also_where_all_that_was_told_before_was_dropped(opened: SqliteStore) -> None:
    store = opened.ports()
    for number in (1, 2, 3):
        store.ledger.commit(told_at(number, START))
    store.ledger.commit(told_at(4, START + 30 * DAY))
    assert (numbers_of(opened), store.feed.head()) == ([4], place(4))
    assert [is_lost(store, place(n)) for n in (2, 3, 4, 5)] == [True, False, False, True]


@pytest.mark.parametrize("number", [1, 2**31, 2**63 - 1, 2**63, 2**64 - 1])
def test_no_place_is_beyond_the_end(opened: SqliteStore, number: int) -> None:
    store = opened.ports()
    assert (store.feed.head(), is_lost(store, place(0))) == (place(0), False)
    assert is_lost(store, place(number))
    store.ledger.commit(told_at(1, START))
    assert is_lost(store, place(number)) is (number != 1)


def test_what_was_rolled_back_leaves_no_gap_and_its_number_to_the_next(opened: SqliteStore) -> None:
    store, writer = opened.ports(), opened._writer
    store.ledger.commit(told_at(1, START))
    db: Any = writer._db
    writer._db = Mortal(db, 10)  # type: ignore[assignment]  # it dies when only COMMIT is left
    with pytest.raises(Death):
        store.ledger.commit(told_at(2, START))
    writer._db = db
    with pytest.raises(OverflowError):
        store.ledger.commit_each([told_at(3, START), job_change(a_job(4, version=2**63)), told_at(5, START)])
    with pytest.raises(StaleVersion):
        store.ledger.commit(told_at(1, START))
    store.ledger.commit(told_at(6, START))
    assert numbers_of(opened) == [1, 2, 3, 4]
    assert [event.subject.id for event in events_after(store, place(0))] == [id_of(n) for n in (1, 3, 5, 6)]


def test_who_tells_many_at_once_drops_more_than_that(opened: SqliteStore) -> None:
    store = opened.ports()
    for number in range(1, 101):
        store.inboxes.notify(a_notice(number, ANN))
    notices = tuple(a_notice(200 + n, id_of(n), created_at=START + 8 * DAY) for n in range(40))
    announcement = an_announcement(300, created_at=START + 8 * DAY)
    store.ledger.commit(announcement_change(announcement, notices=notices))
    assert numbers_of(opened) == list(range(83, 142))


def test_no_event_of_a_notice_says_for_what_it_is(opened: SqliteStore) -> None:
    opened.ports().inboxes.notify(a_notice(1, ANN, job_id=id_of(7), announcement_id=id_of(8)))
    ((payload,),) = opened._readers.rows("SELECT payload FROM feed")
    assert ANN.encode() in payload
    assert id_of(7).encode() not in payload
    assert id_of(8).encode() not in payload


def waits(store: Store, cursor: Cursor, timeout: float) -> Callable[[], tuple[bool, float]]:
    """Somebody who waits, and says after how long they were answered."""

    def work() -> tuple[bool, float]:
        begun = time.monotonic()
        answer = store.feed.wait(cursor, timeout)
        return answer, time.monotonic() - begun

    return work


def after_a_moment(work: Callable[[], object], moment: float = 0.15) -> Callable[[], tuple[bool, float]]:
    def later() -> tuple[bool, float]:
        time.sleep(moment)
        work()
        return True, moment

    return later


def test_who_waits_is_woken_by_another_process(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    with SqliteStore.open(path) as other:
        work = after_a_moment(lambda: other.ports().ledger.commit(told_at(1, START)))
        (answer, seconds), _ = race([waits(store, store.feed.head(), 20), work])
    assert answer is True
    assert seconds < SOON


def test_who_waits_is_woken_by_their_own_process_without_looking(
    opened: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hosanna_adapters.sqlite.watch._EVERY", 20)
    store = opened.ports()
    for number, works in enumerate(
        (
            lambda: store.ledger.commit(told_at(1, START)),
            lambda: store.ledger.commit_each([told_at(2, START), told_at(2, START)]),
            lambda: store.inboxes.notify(a_notice(3, ANN)),  # type: ignore[func-returns-value]  # not asked for
            lambda: store.inboxes.mark_read(ANN, id_of(3), START),
        )
    ):
        (answer, seconds), _ = race([waits(store, place(number), 20), after_a_moment(works)])
        assert answer is True
        assert seconds < SOON


def test_what_tells_nothing_wakes_nobody_for_good(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    store.ledger.commit(told_at(1, START))
    with SqliteStore.open(path) as other:

        def work() -> None:
            store.ledger.commit(session_change(a_session(1, ANN)))
            other.ports().ledger.commit(session_change(a_session(2, ANN)))
            store.followers.follow(ANN, id_of(1))

        (answer, seconds), _ = race([waits(store, place(1), 0.5), after_a_moment(work)])
    assert answer is False
    assert 0.45 < seconds < SOON


def test_who_waits_asks_the_feed_only_when_something_was_committed(opened: SqliteStore) -> None:
    store, asked = opened.ports(), list[str]()
    rows = opened._readers.rows

    def counted(sql: str, values: Any = ()) -> list[Any]:
        asked.append(sql)
        return rows(sql, values)

    opened._readers.rows = counted  # type: ignore[method-assign]  # to count
    assert not store.feed.wait(place(0), 0.3)
    assert len(asked) == 1


def test_who_waits_is_not_held_up_by_those_who_write(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO feed (at, key, payload) VALUES (0, 'k', x'')")
    answer, seconds = waits(store, store.feed.head(), 0.3)()
    assert (answer, store.feed.head()) == (False, place(0))
    assert seconds < SOON
    other.execute("ROLLBACK")
    other.close()


def test_whoever_waits_when_the_store_is_closed_is_told_so(path: Path) -> None:
    opened = SqliteStore.open(path)
    store = opened.ports()

    def told() -> tuple[bool, float]:
        begun = time.monotonic()
        with pytest.raises(Busy, match="closed"):
            store.feed.wait(place(0), 20)
        return True, time.monotonic() - begun

    *answers, _ = race([told, told, after_a_moment(opened.close)])
    assert max(seconds for _, seconds in answers) < SOON
    for ask in (store.feed.head, lambda: store.feed.after(place(0), 5), lambda: store.feed.wait(place(0), 0)):
        with pytest.raises(Busy, match="closed"):
            ask()


def test_no_thread_is_started(opened: SqliteStore) -> None:
    before = threading.active_count()
    assert not opened.ports().feed.wait(place(0), 0.05)
    assert threading.active_count() == before


def test_a_process_that_opened_before_reads_what_another_told(path: Path, opened: SqliteStore) -> None:
    store = opened.ports()
    with SqliteStore.open(path) as other:
        assert other.ports().feed.epoch == store.feed.epoch
        for number in range(1, 20):
            (other.ports() if number % 2 else store).ledger.commit(told_at(number, START))
            assert store.feed.head() == other.ports().feed.head() == place(number)
        assert follow(store, place(0)) == follow(other.ports(), place(0))


def test_the_events_of_a_change_that_is_told_apart_are_told_once(opened: SqliteStore) -> None:
    """Changes that cannot be committed together are run again, each by itself."""
    store = opened.ports()
    change = msgspec.structs.replace(told_at(1, START), notices=(a_notice(2, ANN),))
    with pytest.raises(OverflowError):
        store.ledger.commit_each([change, job_change(a_job(9, version=2**63))])
    keys = [event.key for event in events_after(store, place(0))]
    assert keys == [f"job|{id_of(1)}|1|0", f"notification|{id_of(2)}|1|0"]

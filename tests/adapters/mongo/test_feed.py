"""Following a MongoDB store: one stream for all who keep up, limits of time, servers that go, places that are lost."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mongomock
import msgspec
import pytest
from pymongo import MongoClient
from pymongo.change_stream import DatabaseChangeStream
from pymongo.database import Database
from pymongo.errors import AutoReconnect, OperationFailure
from tests.adapters.mongo.canaries import BOTH, OLD, fill, open_on, under
from tests.adapters.mongo.conftest import Operations

from hosanna_adapters.mongo import MongoStore, tail
from hosanna_adapters.mongo.feed import MongoFeed, NoChangeStreams
from hosanna_adapters.mongo.places import Place, cursor_at, place_at, time_of
from hosanna_core.errors import Busy, CursorLost
from hosanna_core.model.feed import Followed
from hosanna_core.testing.contracts.base import stored, stored_each
from hosanna_core.testing.following import events_after, follow
from hosanna_core.testing.samples import a_job, a_notice, after, id_of, job_change

Documents = Database[dict[str, Any]]
ANN = id_of(900)
LONG = 20.0


@pytest.fixture
def store(wire_database: Documents) -> Iterator[MongoStore]:
    store = MongoStore(wire_database)
    yield store
    store.feed.close()


@pytest.fixture
def impatient(wire_uri: str, wire_database: Documents, operations: Operations) -> Iterator[MongoStore]:
    """A store whose driver gives every operation four seconds."""
    with MongoClient[dict[str, Any]](wire_uri, timeoutMS=4000, event_listeners=[operations]) as client:
        yield MongoStore(client[wire_database.name])


def numbers(told: list[Followed]) -> list[str]:
    """Whose events these are."""
    return [each.event.subject.id for each in told]


def test_who_keeps_up_is_served_by_one_stream(watched: MongoStore, operations: Operations) -> None:
    cursor = watched.feed.head()
    watched.feed.wait(cursor, 0)
    operations.forget()
    for number in range(1, 6):
        job = stored(watched.ports(), a_job(number))
        assert watched.feed.wait(cursor, LONG)
        stretch = watched.feed.after(cursor, 10)
        assert [each.event.subject.id for each in stretch.told] == [job.id]
        cursor = stretch.cursor
    assert set(operations.names) == {"insert", "hello", "getMore"}


def test_an_idle_follower_asks_few_times_a_second(watched: MongoStore, operations: Operations) -> None:
    cursor = watched.feed.head()
    watched.feed.wait(cursor, 0)
    operations.forget()
    assert not watched.feed.wait(cursor, 1.0)
    assert len(operations.names) <= 20


def test_reading_waits_for_little_and_waiting_for_no_longer_than_it_may(
    impatient: MongoStore, operations: Operations
) -> None:
    cursor = impatient.feed.head()
    begun = time.monotonic()
    assert not impatient.feed.wait(cursor, 0.3)
    assert time.monotonic() - begun < LONG
    asked = {command["maxTimeMS"] for command in operations.sent if "getMore" in command}
    assert asked == {5, 100}


@pytest.mark.deep
@pytest.mark.deep
def test_a_stream_is_not_closed_by_quiet_that_is_longer_than_any_operation_may_take(
    impatient: MongoStore, operations: Operations
) -> None:
    cursor = impatient.feed.head()
    impatient.feed.wait(cursor, 0)
    operations.forget()
    assert not impatient.feed.wait(cursor, 5)
    stored(impatient.ports(), a_job(1))
    assert impatient.feed.wait(cursor, LONG)
    assert numbers(follow(impatient.ports(), cursor)) == [id_of(1)]
    assert not {"aggregate", "killCursors"} & set(operations.names)


def test_many_who_keep_up_at_once_share_what_is_read(watched: MongoStore, operations: Operations) -> None:
    cursor = watched.feed.head()
    jobs = stored_each(watched.ports(), [a_job(number) for number in range(1, 51)])
    operations.forget()
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: watched.feed.after(cursor, 100), range(16)))
    assert all([each.event.subject.id for each in one.told] == [job.id for job in jobs] for one in found)
    assert "aggregate" not in operations.names
    assert len({one.cursor for one in found}) == 1


def test_a_place_before_what_is_remembered_is_followed_from_all_the_same(
    watched: MongoStore, operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "KEPT", 4)
    start = watched.feed.head()
    for first in range(1, 22, 4):
        stored_each(watched.ports(), [a_job(number) for number in range(first, first + 4)])
        watched.feed.head()
    operations.forget()
    whole = follow(watched.ports(), start, limit=5)
    assert numbers(whole) == [id_of(number) for number in range(1, 25)]
    assert "killCursors" in operations.names, "a stream of its own is closed again"
    for k in range(1, 24, 5):
        assert follow(watched.ports(), whole[k - 1].cursor) == whole[k:]


def test_what_nobody_keeps_up_with_is_forgotten_and_found_again(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = store.feed.head()
    stored(store.ports(), a_job(1))
    middle = store.feed.head()
    monkeypatch.setattr(tail, "IDLE", 0.0)
    stored(store.ports(), a_job(2))
    assert follow(store.ports(), store.feed.head()) == []
    assert numbers(follow(store.ports(), start)) == [id_of(1), id_of(2)]
    assert numbers(follow(store.ports(), middle)) == [id_of(2)]


def test_what_changes_beside_the_change_of_a_document_is_not_told(
    store: MongoStore, wire_database: Documents
) -> None:
    job = stored(store.ports(), a_job(1), notices=(a_notice(2, ANN),))
    start = store.feed.head()
    for collection, key in (("jobs", job.id), ("notices", id_of(2))):
        wire_database[collection].update_one({"_id": key}, {"$set": {"beside": 1}})
        wire_database[collection].update_many({}, {"$inc": {"beside": 1}})
    wire_database["segments"].insert_one({"_id": "x", "change": {"version": 1, "events": []}})
    wire_database["notices"].delete_many({})
    assert events_after(store.ports(), start) == []


def test_another_store_on_the_same_server_is_not_told_of(wire_database: Documents, store: MongoStore) -> None:
    other = MongoStore(wire_database.client[f"{wire_database.name}_other"])
    start = store.feed.head()
    stored(other.ports(), a_job(1))
    assert events_after(store.ports(), start) == []
    assert other.feed.epoch != store.feed.epoch


def test_very_much_that_tells_nothing_is_passed_over(store: MongoStore, wire_database: Documents) -> None:
    start = store.feed.head()
    wire_database["counters"].insert_many([{"_id": str(number)} for number in range(1_500)])
    stored(store.ports(), a_job(1))
    again = MongoStore(wire_database)
    again.feed.head()
    for each in (store, again):
        assert numbers(follow(each.ports(), start)) == [id_of(1)]


def test_a_change_of_keys_tells_nobody_anything(wire_database: Documents) -> None:
    store = open_on(wire_database, OLD)
    fill(store.ports())
    start = store.feed.head()
    assert under(BOTH, wire_database, limit=50) > 1
    assert events_after(store.ports(), start) == []


def kill_cursors(database: Documents, operations: Operations) -> None:
    """What a server does that has been without them for too long."""
    ids = {command["getMore"] for command in operations.sent if "getMore" in command}
    assert ids
    database.command("killCursors", "$cmd.aggregate", cursors=list(ids))


def test_a_stream_whose_cursor_the_server_forgot_goes_on_without_a_gap(
    watched: MongoStore, wire_database: Documents, operations: Operations
) -> None:
    cursor = watched.feed.head()
    watched.feed.wait(cursor, 0)
    stored(watched.ports(), a_job(1))
    told = follow(watched.ports(), cursor)
    for number in (2, 3):
        kill_cursors(wire_database, operations)
        stored(watched.ports(), a_job(number))
        assert watched.feed.wait(told[-1].cursor, LONG)
        told += follow(watched.ports(), told[-1].cursor)
    assert numbers(told) == [id_of(1), id_of(2), id_of(3)]
    assert follow(MongoStore(wire_database).ports(), cursor) == told


def failing(error: Exception, times: int) -> Callable[[Any], object]:
    """A stream that fails so often, and then works."""
    really, left = DatabaseChangeStream.try_next, [error] * times

    def fail(stream: Any) -> object:
        if left:
            raise left.pop()
        return really(stream)

    return fail


def test_a_stream_that_breaks_for_good_is_busy_and_opened_anew_where_it_was(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = store.feed.head()
    stored(store.ports(), a_job(1))
    first = follow(store.ports(), start)
    stored(store.ports(), a_job(2))
    monkeypatch.setattr(DatabaseChangeStream, "try_next", failing(AutoReconnect("broken"), 2))
    for ask in (lambda: store.feed.after(start, 10), store.feed.head):
        with pytest.raises(Busy):
            ask()
    told = follow(store.ports(), start)
    assert told[:1] == first
    assert numbers(told) == [id_of(1), id_of(2)]


def test_a_bell_that_breaks_lets_nobody_sleep(store: MongoStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = store.feed.head()
    store.feed.wait(cursor, 0)
    really, broken = DatabaseChangeStream.try_next, []

    def fail(stream: Any) -> object:
        if stream._max_await_time_ms == 100 and not broken:
            stored(store.ports(), a_job(1))
            broken.append(stream)
            raise AutoReconnect("broken")
        return really(stream)

    monkeypatch.setattr(DatabaseChangeStream, "try_next", fail)
    with pytest.raises(Busy):
        store.feed.wait(cursor, LONG)
    begun = time.monotonic()
    assert store.feed.wait(cursor, LONG)
    assert time.monotonic() - begun < LONG / 2


@pytest.mark.parametrize("code", [280, 286])
def test_who_keeps_up_too_slowly_for_the_log_of_operations_is_told_and_others_go_on(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    start = store.feed.head()
    stored(store.ports(), a_job(1))
    really = DatabaseChangeStream.try_next
    gone: list[object] = []

    def fail(stream: Any) -> object:
        if stream._start_at_operation_time is not None and time_of(stream._start_at_operation_time) <= limit:
            gone.append(stream)
            raise OperationFailure("gone", code)
        return really(stream)

    limit = place_at(start).time
    monkeypatch.setattr(DatabaseChangeStream, "try_next", fail)
    head = store.feed.head()
    assert gone
    assert head > start
    for ask in (lambda: store.feed.after(start, 10), lambda: store.feed.wait(start, LONG)):
        with pytest.raises(CursorLost):
            ask()
    stored(store.ports(), a_job(2))
    assert numbers(follow(store.ports(), head)) == [id_of(2)]


def test_a_place_beyond_all_that_any_server_has_heard_of_is_lost(store: MongoStore) -> None:
    head = place_at(store.feed.head())
    for place in (Place(head.time + (60 << 32)), Place(head.time + (3_600 << 32), 1)):
        with pytest.raises(CursorLost):
            store.feed.after(cursor_at(place), 10)
        with pytest.raises(CursorLost):
            store.feed.wait(cursor_at(place), LONG)


def test_a_place_that_another_process_came_to_is_never_beyond_the_end(
    store: MongoStore, wire_database: Documents
) -> None:
    ahead = MongoStore(wire_database)
    store.feed.head()
    for number in range(1, 10):
        stored(ahead.ports(), a_job(number))
        cursor = ahead.feed.head()
        assert store.feed.after(cursor, 10).told == ()
        assert not store.feed.wait(cursor, 0)


def test_where_nothing_happens_every_process_comes_to_where_another_began(
    store: MongoStore, wire_database: Documents
) -> None:
    """Who begins somewhere is known there by all servers, soon enough for a client who changes between them."""
    stored(store.ports(), a_job(1))
    first = store.feed.head()
    begun = MongoStore(wire_database).feed.head()
    end = time.monotonic() + 2 * LONG
    while store.feed.head() < begun:
        assert time.monotonic() < end
        assert not store.feed.wait(first, 0.2)
    stored(store.ports(), a_job(2))
    assert numbers(follow(store.ports(), begun)) == numbers(follow(store.ports(), first)) == [id_of(2)]


def test_a_place_that_this_process_has_not_come_to_yet_is_waited_at(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the primary changed, another process may be ahead for a moment."""
    store.feed.head()
    hello = store.feed._hello()
    ahead = cursor_at(Place(time_of(hello["$clusterTime"]["clusterTime"]) + 1, 1))
    monkeypatch.setattr(MongoFeed, "_hello", lambda _: hello)
    assert store.feed.after(ahead, 10) == msgspec.structs.replace(store.feed.after(ahead, 10), cursor=ahead)


def test_where_no_server_names_a_time_of_the_majority_the_latest_known_one_counts(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sharded cluster is one of several such times."""
    really = MongoFeed._hello

    def as_a_router(self: MongoFeed) -> dict[str, Any]:
        return {name: value for name, value in really(self).items() if name != "lastWrite"}

    monkeypatch.setattr(MongoFeed, "_hello", as_a_router)
    stored(store.ports(), a_job(1))
    start = store.feed.head()
    stored(store.ports(), a_job(2))
    assert numbers(follow(store.ports(), start)) == [id_of(2)]


def test_an_event_is_waited_for_by_who_has_the_first_of_its_time_already(store: MongoStore) -> None:
    start = store.feed.head()
    job = stored(store.ports(), a_job(1))
    change = job_change(after(job), job, notices=(a_notice(2, ANN), a_notice(3, ANN)))
    store.ledger.commit(change)
    told = follow(store.ports(), start)
    assert len({place_at(each.cursor).time for each in told}) == 2, "a transaction has one time"
    for each in told[:-1]:
        assert store.feed.wait(each.cursor, LONG)
    assert not store.feed.wait(told[-1].cursor, 0.2)


def test_a_closed_feed_is_opened_again_by_who_asks(store: MongoStore) -> None:
    start = store.feed.head()
    store.feed.wait(start, 0)
    stored(store.ports(), a_job(1))
    store.feed.close()
    store.feed.close()
    assert store.feed.wait(start, LONG)
    assert numbers(follow(store.ports(), start)) == [id_of(1)]


def test_on_mongomock_nothing_can_be_followed_and_everything_else_works() -> None:
    store = MongoStore(mongomock.MongoClient()["test"], transactions=False)
    assert len(store.feed.epoch) == 16
    job = stored(store.ports(), a_job(1))
    assert store.jobs.sights([job.id])
    for ask in (store.feed.head, lambda: store.feed.after(b"", 1), lambda: store.feed.wait(b"", 1)):
        with pytest.raises(NoChangeStreams, match="mongomock"):
            ask()
    store.close()


def test_a_feed_is_named_like_its_store(wire_database: Documents, store: MongoStore) -> None:
    document = wire_database["meta"].find_one({"_id": "epoch"})
    assert document is not None
    assert store.feed.epoch == document["value"]

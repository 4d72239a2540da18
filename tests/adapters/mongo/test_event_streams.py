"""Places in the feed, and what becomes of a change stream's answers: of MongoDB's own, and of other servers'."""

from typing import Any

import msgspec
import pytest
from bson import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import AutoReconnect, OperationFailure

from hosanna_adapters.mongo import streams
from hosanna_adapters.mongo.places import Now, Place, cursor_at, place_at, reached, time_of, timestamp_at
from hosanna_adapters.mongo.streams import EventStream
from hosanna_core.errors import CursorLost
from hosanna_core.model.event import Event
from hosanna_core.model.feed import Stretch
from hosanna_core.testing.samples import a_job, job_change

SECOND = 1_767_225_600
Token = dict[str, str]
AN_EVENT = job_change(a_job(1)).events[0]
OPAQUE: Token = {"_data": "6300000010730005000000"}
FAR = Now(2**63, decided=False)
PLACES = st.builds(Place, st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))


def at(inc: int, count: int = 0) -> Place:
    """A place within one second."""
    return Place(time_of(Timestamp(SECOND, inc)), count)


def now(inc: int, *, decided: bool = True) -> Now:
    """An end behind all of that time."""
    return Now(at(inc).time, decided)


def high_water(inc: int) -> Token:
    """The token of a MongoDB that has nothing to give: all before that time was looked through."""
    return {"_data": f"82{SECOND:08X}{inc:08X}2B0229296E04"}


def told(number: int) -> Event:
    """An event that is told apart by its version."""
    return msgspec.structs.replace(AN_EVENT, version=number)


def commit(inc: int, *numbers: int, inserted: bool = False) -> dict[str, Any]:
    """What the server gives of a commit that tells these events."""
    change = {"version": 1, "events": [msgspec.to_builtins(told(number)) for number in numbers]}
    fields = {"fullDocument": {"change": change}}
    if not inserted:
        fields = {"updateDescription": {"updatedFields": {"change": change}}}
    return {"_id": high_water(inc), "clusterTime": Timestamp(SECOND, inc), **fields}


class Script:
    """A change stream that gives what is written down: commits, or a token where there is nothing."""

    def __init__(self, *answers: dict[str, Any] | Token | Exception, alive: bool = True) -> None:
        self.answers = list(answers)
        self.alive = alive
        self.resume_token: Token | None = None
        self.asked: list[dict[str, Any]] = []
        self.opened: dict[str, Any] = {}
        self.closed = False

    def watch(self, pipeline: list[dict[str, Any]], **options: Any) -> "Script":
        self.asked, self.opened = pipeline, options
        return self

    def try_next(self) -> dict[str, Any] | None:
        answer = self.answers.pop(0) if self.answers else self.resume_token
        if isinstance(answer, Exception):
            raise answer
        if answer is not None and "clusterTime" in answer:
            self.resume_token = answer["_id"]
            return answer
        self.resume_token = answer
        return None

    def close(self) -> None:
        self.closed = True
        raise AutoReconnect("the server cannot be told")


def opened(script: Script, start: Place) -> EventStream:
    """A stream that begins at *start*."""
    database: Any = script
    return EventStream(database, start)


def read(script: Script, start: Place, until: Now = FAR, limit: int | None = None) -> Stretch:
    """What such a stream gives."""
    return opened(script, start).read(until, limit)


def places(stretch: Stretch) -> list[tuple[Place, int]]:
    """Where each event stands, and which it is."""
    return [(place_at(each.cursor), each.event.version) for each in stretch.told]


@given(places=st.lists(PLACES, min_size=2, max_size=2))
def test_cursors_stand_in_the_order_of_their_places(places: list[Place]) -> None:
    one, other = places
    assert (cursor_at(one) < cursor_at(other)) == (one < other)
    assert [place_at(cursor_at(each)) for each in places] == places


@pytest.mark.parametrize("size", [0, 1, 11, 13, 24])
def test_what_has_not_twelve_bytes_is_no_cursor(size: int) -> None:
    with pytest.raises(CursorLost):
        place_at(bytes(size))


@given(seconds=st.integers(0, 2**32 - 1), inc=st.integers(0, 2**32 - 1))
def test_a_cluster_time_comes_back_from_its_number(seconds: int, inc: int) -> None:
    assert timestamp_at(time_of(Timestamp(seconds, inc))) == Timestamp(seconds, inc)


def test_a_token_of_mongodb_s_own_tells_the_time_that_it_stands_for() -> None:
    assert reached(high_water(7)) == at(7)
    event = "8265B4C3D2000000052B042C0100296E5A1004F1E2463C6F7265616D5F69640064"
    assert reached({"_data": event}) == Place(time_of(Timestamp(0x65B4C3D2, 5)))


@pytest.mark.parametrize(
    "token",
    [
        None,
        {},
        OPAQUE,
        {"_data": 7},
        {"_data": ""},
        {"_data": "82"},
        {"_data": "8265b4c3d2"},
        {"_data": "no hex"},
    ],
    ids=str,
)
def test_of_a_token_in_another_form_nothing_is_concluded(token: dict[str, Any] | None) -> None:
    assert reached(token) == Place(0)


def test_a_stream_begins_with_the_time_of_its_place() -> None:
    script = Script()
    read(script, at(5, 2))
    assert script.opened["start_at_operation_time"] == Timestamp(SECOND, 5)
    assert "full_document" not in script.opened


def test_events_of_one_time_are_counted_whether_of_one_document_or_of_several() -> None:
    script = Script(commit(5, 1, 2, inserted=True), commit(5, 3), commit(6, 4))
    assert places(read(script, at(5))) == [(at(5, 1), 1), (at(5, 2), 2), (at(5, 3), 3), (at(6, 1), 4)]


@pytest.mark.parametrize("given", range(5))
def test_what_was_given_of_a_time_is_dropped(given: int) -> None:
    script = Script(commit(5, 1, 2), commit(5, 3), commit(6, 4))
    behind = [(at(5, 1), 1), (at(5, 2), 2), (at(5, 3), 3), (at(6, 1), 4)]
    start = [at(5), *(place for place, _ in behind)][given]
    commits = script.answers if start.time == at(5).time else script.answers[2:]
    assert places(read(Script(*commits), start)) == behind[given:]


def test_a_stretch_that_ends_in_the_middle_of_a_commit_goes_on_there() -> None:
    stream = opened(Script(commit(5, 1, 2, 3), OPAQUE), at(5))
    first, second = stream.read(FAR, 2), stream.read(FAR, 2)
    assert places(first) == [(at(5, 1), 1), (at(5, 2), 2)]
    assert place_at(first.cursor) == at(5, 2)
    assert places(second) == [(at(5, 3), 3)]
    assert place_at(second.cursor) == at(5, 3)


def test_where_nothing_is_told_a_token_of_mongodb_moves_the_place_on() -> None:
    stretch = read(Script(commit(5, 1), high_water(9)), at(5))
    assert places(stretch) == [(at(5, 1), 1)]
    assert place_at(stretch.cursor) == at(9)


def test_a_token_never_moves_the_place_back_nor_into_the_time_of_what_was_given() -> None:
    assert place_at(read(Script(high_water(3)), at(5)).cursor) == at(5)
    assert place_at(read(Script(commit(5, 1, 2), high_water(5)), at(5)).cursor) == at(5, 2)


def test_behind_where_a_token_moved_it_a_stream_counts_from_the_beginning() -> None:
    stream = opened(Script(high_water(9), commit(9, 1)), at(5))
    assert place_at(stream.read(FAR).cursor) == at(9)
    assert places(stream.read(FAR)) == [(at(9, 1), 1)]


def test_another_server_s_token_moves_nothing_on() -> None:
    stretch = read(Script(commit(5, 1), {**OPAQUE, "_data": "ff"}), at(5))
    assert place_at(stretch.cursor) == at(5, 1)


def test_mongodb_is_believed_at_once_that_an_end_is_one() -> None:
    stretch = read(Script(commit(5, 1), high_water(7)), at(5), until=now(7))
    assert place_at(stretch.cursor) == at(8)


def test_an_end_that_the_server_which_is_read_has_not_come_to_is_waited_for_and_not_believed() -> None:
    """After the primary changed, the former one may be read on, and be behind."""
    behind = [high_water(inc) for inc in (5, 6)]
    there = read(Script(*behind, commit(7, 1), high_water(7)), at(5), until=now(7))
    assert places(there) == [(at(7, 1), 1)]
    assert place_at(there.cursor) == at(8)
    assert place_at(read(Script(*behind), at(5), until=now(7)).cursor) == at(6)


def test_an_end_that_is_none_for_every_shard_is_not_believed() -> None:
    stretch = read(Script(commit(5, 1), high_water(7)), at(5), until=now(7, decided=False))
    assert place_at(stretch.cursor) == at(7)


def test_another_server_s_end_is_believed_when_nothing_can_be_under_way_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = opened(Script(commit(5, 1), OPAQUE), at(5))
    with monkeypatch.context() as long:
        long.setattr(streams, "_DECIDED_IN", 60.0)
        assert place_at(stream.read(now(7)).cursor) == at(5, 1)
    monkeypatch.setattr(streams, "_DECIDED_IN", 0.0)
    assert place_at(opened(Script(commit(5, 1), OPAQUE), at(5)).read(now(8)).cursor) == at(9)


def test_behind_an_end_that_was_believed_a_stream_counts_from_the_beginning() -> None:
    stream = opened(Script(high_water(7), commit(8, 1), commit(9, 2)), at(5))
    assert place_at(stream.read(now(7)).cursor) == at(8)
    assert places(stream.read(FAR)) == [(at(8, 1), 1), (at(9, 1), 2)]


def test_mongodb_is_believed_at_once_that_there_is_nothing_more() -> None:
    script = Script(high_water(6), commit(7, 1))
    assert read(script, at(5)).told == ()
    assert len(script.answers) == 1


def test_another_server_is_asked_again_while_it_passes_over_what_tells_nothing() -> None:
    passing = [{"_data": f"{number:02x}"} for number in range(9)]
    assert places(read(Script(*passing, commit(7, 1)), at(5))) == [(at(7, 1), 1)]


def test_what_a_server_holds_back_for_a_moment_is_waited_for() -> None:
    assert places(read(Script(OPAQUE, OPAQUE, OPAQUE, commit(7, 1)), at(5))) == [(at(7, 1), 1)]


def test_who_reads_until_a_time_is_not_held_up_by_what_happens_later() -> None:
    script = Script(*(commit(inc, inc) for inc in range(5, 100)))
    stretch = read(script, at(5), until=now(8))
    assert [version for _, version in places(stretch)] == [5, 6, 7, 8, 9]
    assert len(script.answers) == 90


def test_where_times_run_backwards_the_order_of_the_stream_counts() -> None:
    commits = (commit(5, 1), commit(8, 2), commit(6, 3, 4), commit(9, 5))
    whole = read(Script(*commits), at(5))
    assert [version for _, version in places(whole)] == [1, 2, 3, 4, 5]
    cursors = [each.cursor for each in whole.told]
    assert cursors == sorted(set(cursors))
    for k, each in enumerate(whole.told[1:], 1):  # who begins at 8 is given what the server put behind it
        place = place_at(each.cursor)
        behind = commits[1:] if place.time == at(8).time else commits[3:]
        assert read(Script(*behind), place).told == whole.told[k + 1 :]


def test_a_place_whose_events_are_not_there_any_more_is_lost() -> None:
    for answers in ([commit(6, 1)], [high_water(6)], [commit(5, 1), commit(6, 2)]):
        with pytest.raises(CursorLost):
            read(Script(*answers), at(5, 2))


@pytest.mark.parametrize("code", [136, 280, 286])
def test_a_place_that_the_log_of_operations_does_not_have_any_more_is_lost(code: int) -> None:
    with pytest.raises(CursorLost):
        read(Script(OperationFailure("gone", code)), at(5))


def test_any_other_refusal_of_the_server_is_none_of_a_place() -> None:
    with pytest.raises(OperationFailure):
        read(Script(OperationFailure("not authorized", 13)), at(5))


def test_in_a_database_that_was_dropped_every_place_is_lost() -> None:
    with pytest.raises(CursorLost):
        read(Script(alive=False), at(5))


def test_a_stream_that_cannot_be_closed_is_over_all_the_same() -> None:
    script = Script()
    opened(script, at(5)).close()
    assert script.closed


def test_only_commits_that_tell_something_are_asked_for_and_nothing_of_them_but_their_events() -> None:
    script = Script()
    opened(script, at(5))
    match, project = script.asked
    assert set(match["$match"]["ns.coll"]["$in"]) == {
        "jobs", "users", "sessions", "notices", "announcements", "api_keys",
    }  # fmt: skip
    assert match["$match"]["operationType"] == {"$in": ["insert", "update"]}
    assert project == {
        "$project": {"clusterTime": 1, "fullDocument.change": 1, "updateDescription.updatedFields.change": 1}
    }

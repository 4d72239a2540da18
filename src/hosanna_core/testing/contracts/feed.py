"""The contract of `hosanna_core.ports.Feed`: what is told, in which order, and where one can go on."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import CursorLost, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.change import Claim
from hosanna_core.model.event import Event, Ref
from hosanna_core.rules import notices
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import shared_store, stored, stored_user, unused
from hosanna_core.testing.contracts.feed_waits import FeedRaces, FeedWaits, told_thrice
from hosanna_core.testing.following import events_after, follow, stretch
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_notice,
    a_session,
    a_user,
    after,
    an_announcement,
    announcement_change,
    id_of,
    job_change,
    session_change,
    user_change,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Change
    from hosanna_core.model.feed import Cursor
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)
LIMITS: Final = (1, 2, 3, 7, 100)
_CHANCE: Final = Random(4)
GARBAGE: Final = (b"", b"\0", *(_CHANCE.randbytes(size) for size in (1, 7, 8, 9, 16, 40, 64)), b"x" * 100_000)
"""What was never a cursor."""


def full_feed(store: Store) -> tuple[Cursor, list[Event]]:
    """A store in which something of everything was told; answers where that begins, and the events in their order."""
    start = store.feed.head()
    job, user = job_change(a_job(1)), user_change(a_user(2), notices=(a_notice(501, ANN),))
    changes: list[Change[Any]] = [
        job,
        user,
        told_thrice(3),
        job_change(after(job.root), job.root, notices=(a_notice(502, ANN), a_notice(503, BOB))),
        announcement_change(an_announcement(4)),
        told_thrice(5, notices=(a_notice(504, BOB),)),
        user_change(after(user.root), user.root),
    ]
    for change in changes:
        store.ledger.commit(change)
    return start, [event for change in changes for event in all_events(change)]


def all_events(change: Change[Any]) -> list[Event]:
    """What a change tells, those of its notices among it."""
    return [*change.events, *map(notices.created, change.notices)]


class FeedContract(FeedWaits, FeedRaces):
    """Every event once, in one order for all, from wherever one was; needs the ability `follows`."""

    def test_a_store_is_named_by_sixteen_bytes_that_stay(self, store: Store) -> None:
        epoch = store.feed.epoch
        assert len(epoch) == 16
        stored(store, a_job(1))
        assert store.feed.epoch == epoch

    def test_an_empty_store_has_told_nothing(self, store: Store) -> None:
        head = store.feed.head()
        assert follow(store, head) == []
        assert store.feed.after(head, 1).told == ()

    def test_of_a_notice_that_is_swept_nobody_is_told(self, store: Store) -> None:
        store.inboxes.notify(a_notice(1, id_of(901)))
        head = store.feed.head()
        assert store.inboxes.sweep(1 << 52, 1 << 52, 10) == 1
        assert follow(store, head) == []

    def test_events_come_once_each_in_the_order_of_the_commits(self, store: Store) -> None:
        start, events = full_feed(store)
        assert events_after(store, start) == events

    @pytest.mark.parametrize("limit", LIMITS)
    def test_however_many_are_read_at_a_time_each_event_and_its_place_are_the_same(
        self, store: Store, limit: int
    ) -> None:
        start, _ = full_feed(store)
        assert follow(store, start, limit) == follow(store, start)

    @pytest.mark.parametrize("limit", LIMITS)
    def test_as_many_are_read_at_a_time_as_are_asked_for_if_there_are(self, store: Store, limit: int) -> None:
        start, events = full_feed(store)
        assert len(store.feed.after(start, limit).told) == min(limit, len(events))

    def test_from_every_place_one_goes_on_with_exactly_the_rest(self, store: Store) -> None:
        """The middle of a commit of several events is such a place, too."""
        start, events = full_feed(store)
        told = follow(store, start)
        for k, each in enumerate(told, start=1):
            assert events_after(store, each.cursor) == events[k:], f"behind event {k}"

    def test_where_a_stretch_ended_the_next_one_begins(self, store: Store) -> None:
        start, events = full_feed(store)
        for limit in LIMITS:
            first = stretch(store, start, limit)
            assert events_after(store, first.cursor) == events[len(first.told) :]

    def test_the_events_of_a_commit_stand_together_in_their_order(self, store: Store) -> None:
        start = store.feed.head()
        change = told_thrice(1)
        store.ledger.commit(change)
        assert events_after(store, start) == list(change.events)
        assert len(change.events) == 3

    def test_those_of_its_notices_stand_behind_the_events_of_a_change(self, store: Store) -> None:
        start = store.feed.head()
        told = (a_notice(7, ANN), a_notice(6, BOB, live=False), a_notice(8, ANN))
        change = told_thrice(1, notices=told)
        store.ledger.commit(change)
        assert events_after(store, start) == [*change.events, *map(notices.created, told)]

    def test_the_events_of_an_aggregate_come_in_the_order_of_its_versions(self, store: Store) -> None:
        start = store.feed.head()
        job, user = stored(store, a_job(1)), stored_user(store, a_user(2))
        for _ in range(5):
            job = stored(store, after(job), job)
            user = stored_user(store, after(user), user)
        versions = [(event.subject.id, event.version) for event in events_after(store, start)]
        assert versions == [(id_of(1 + k % 2), 1 + k // 2) for k in range(12)]

    def test_every_kind_of_root_has_its_events_told(self, store: Store) -> None:
        start = store.feed.head()
        session = a_session(3, ANN)
        told = Event(
            key=f"session|{session.id}|1|0",
            kind="session.opened",
            subject=Ref("session", session.id),
            version=1,
            at=session.created_at,
            actor_id=ANN,
        )
        changes: list[Change[Any]] = [
            job_change(a_job(1)),
            user_change(a_user(2)),
            session_change(session, events=(told,)),
            announcement_change(an_announcement(4)),
        ]
        for change in changes:
            store.ledger.commit(change)
        assert events_after(store, start) == [change.events[0] for change in changes]

    def test_a_change_that_tells_nothing_is_not_in_the_feed(self, store: Store) -> None:
        start = store.feed.head()
        store.ledger.commit(session_change(a_session(1, ANN)))
        store.ledger.commit(job_change(a_job(2), events=()))
        job = stored(store, a_job(3))
        assert [event.subject.id for event in events_after(store, start)] == [job.id]

    @shared_store
    @given(event=strategies.events())
    def test_every_event_comes_back_as_it_went_in(self, store: Store, event: Event) -> None:
        start, number = store.feed.head(), unused(store)
        store.ledger.commit(job_change(a_job(number), events=(event,)))
        assert events_after(store, start) == [event]

    @pytest.mark.parametrize(
        ("expected", "parts"),
        [
            (StaleVersion, {"expected": 7}),
            (StaleCalendar, {"calendars": (a_calendar(ANN, 5),)}),
            (Taken, {"claims": (Claim("external_ref", "taken"),)}),
        ],
        ids=["stale version", "stale calendar", "taken"],
    )
    def test_a_refused_change_tells_nothing(
        self, store: Store, expected: type[CommitRefused], parts: dict[str, Any]
    ) -> None:
        stored(store, a_job(1), claims=(Claim("external_ref", "taken"),))
        start = store.feed.head()
        change = told_thrice(2, notices=(a_notice(5, ANN),))
        with pytest.raises(expected):
            store.ledger.commit(msgspec.structs.replace(change, **parts))
        assert events_after(store, start) == []
        store.ledger.commit(change)
        assert events_after(store, start) == all_events(change)

    def test_a_batch_tells_of_what_was_stored_and_of_nothing_else(self, store: Store) -> None:
        stored(store, a_job(2))
        start = store.feed.head()
        changes: list[Change[Any]] = [
            told_thrice(1, notices=(a_notice(5, ANN),)),
            told_thrice(2, notices=(a_notice(6, ANN),)),
            told_thrice(3),
            job_change(a_job(1)),
            user_change(a_user(4), notices=(a_notice(7, BOB),)),
        ]
        outcomes = store.ledger.commit_each(changes)
        assert [type(outcome) for outcome in outcomes] == [
            type(None), StaleVersion, type(None), StaleVersion, type(None),
        ]  # fmt: skip
        assert events_after(store, start) == [
            *all_events(changes[0]),
            *all_events(changes[2]),
            *all_events(changes[4]),
        ]

    def test_a_notice_is_told_of_once(self, store: Store) -> None:
        start, notice = store.feed.head(), a_notice(1, ANN)
        change = job_change(a_job(2), notices=(notice,))
        store.inboxes.notify(notice)
        store.inboxes.notify(notice)
        store.ledger.commit(change)
        assert events_after(store, start) == [notices.created(notice), *change.events]

    def test_that_a_notice_was_read_is_told_once(self, store: Store) -> None:
        for number in (1, 2):
            store.inboxes.notify(a_notice(number, ANN))
        start = store.feed.head()
        assert store.inboxes.mark_read(ANN, id_of(2), START + 5)
        assert store.inboxes.mark_read(ANN, id_of(2), START + 9)
        assert not store.inboxes.mark_read(BOB, id_of(1), START + 9)
        assert not store.inboxes.mark_read(ANN, id_of(3), START + 9)
        assert events_after(store, start) == [notices.read(ANN, id_of(2), START + 5)]

    def test_of_all_that_are_read_together_each_is_told_that_was_not_read_before(self, store: Store) -> None:
        for number in range(1, 6):
            store.inboxes.notify(a_notice(number, ANN))
        store.inboxes.notify(a_notice(6, BOB))
        store.inboxes.mark_read(ANN, id_of(3), START + 5)
        start = store.feed.head()
        assert store.inboxes.mark_all_read(ANN, START + 7) == 4
        assert store.inboxes.mark_all_read(ANN, START + 8) == 0
        told = sorted(events_after(store, start), key=lambda event: event.key)
        assert told == [notices.read(ANN, id_of(number), START + 7) for number in (1, 2, 4, 5)]

    def test_what_is_done_with_a_notice_beside_is_not_told(self, store: Store) -> None:
        store.inboxes.notify(a_notice(1, ANN, channels=("email",), due_at=START))
        start = store.feed.head()
        (taken,) = store.inboxes.take_due(START, START + 5, 10)
        store.inboxes.settle(msgspec.structs.replace(taken, channels=(), due_at=None))
        assert events_after(store, start) == []

    def test_the_head_is_behind_all_that_was_acknowledged_and_before_what_begins_later(
        self, store: Store
    ) -> None:
        start = store.feed.head()
        heads, told = [start], follow(store, start)
        for number in range(1, 6):
            store.ledger.commit(told_thrice(number))
            told += follow(store, heads[-1])
            heads.append(store.feed.head())
            assert heads[-2] < told[-3].cursor < told[-1].cursor <= heads[-1]
            assert follow(store, heads[-1]) == []
        for k, head in enumerate(heads):
            assert follow(store, head) == told[3 * k :]
        assert store.feed.head() >= heads[-1]

    @pytest.mark.parametrize("cursor", GARBAGE, ids=len)
    def test_what_is_no_cursor_is_lost(self, store: Store, cursor: Cursor) -> None:
        full_feed(store)
        self.check_lost(store, cursor)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda cursor: cursor[:-1],
            lambda cursor: cursor + b"\0",
            lambda cursor: cursor + cursor,
            lambda cursor: b"\xff" + cursor[1:],
        ],
        ids=["cut off", "a byte too long", "twice", "far beyond the end"],
    )
    def test_what_was_made_of_a_cursor_is_lost(self, store: Store, spoil: Callable[[Cursor], Cursor]) -> None:
        start, _ = full_feed(store)
        for cursor in (start, follow(store, start)[4].cursor, store.feed.head()):
            self.check_lost(store, spoil(cursor))

    def check_lost(self, store: Store, cursor: Cursor) -> None:
        """Nobody goes on from there."""
        with pytest.raises(CursorLost):
            store.feed.after(cursor, 10)
        with pytest.raises(CursorLost):
            store.feed.wait(cursor, 0.01)

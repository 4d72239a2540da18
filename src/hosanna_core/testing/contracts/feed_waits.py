"""The contract of `hosanna_core.ports.Feed`, continued: waiting, many at once, and what outlives a process."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from random import Random
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from hosanna_core.errors import StaleVersion
from hosanna_core.rules import notices
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract, stored
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.following import await_more, events_after, follow, stretch
from hosanna_core.testing.racing import attempt, persistent, race
from hosanna_core.testing.samples import START, a_job, a_notice, after, id_of, job_change

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.change import Change
    from hosanna_core.model.feed import Cursor, Followed
    from hosanna_core.model.ids import Id
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Store

ANN = id_of(901)
LONG: Final = 4.0
"""Seconds that somebody waits who is to be woken before."""
SOON: Final = LONG * 3 / 4
"""Seconds within which they are, on however slow a machine."""
WRITERS: Final = 3
FOLLOWERS: Final = 3
ROUNDS: Final = 12


def told_thrice(number: int, **parts: Any) -> Change[Job]:
    """A new job whose commit tells three events."""
    change = job_change(a_job(number), **parts)
    (event,) = change.events
    events = tuple(
        msgspec.structs.replace(event, key=f"job|{event.subject.id}|1|{ordinal}") for ordinal in range(3)
    )
    return msgspec.structs.replace(change, events=events)


class FeedWaits(StoreContract):
    """Part of the contract of `Feed`: who waits is woken, and who comes back goes on."""

    @pytest.fixture(autouse=True)
    def _followed(self) -> None:
        self.needs("follows")

    def waited(self, store: Store, cursor: Cursor, timeout: float) -> tuple[bool, float]:
        """What a wait answers, and after how many seconds."""
        begun = time.monotonic()
        answer = await_more(store, cursor, timeout)
        return answer, time.monotonic() - begun

    def test_who_waits_where_something_is_told_already_is_answered_at_once(self, store: Store) -> None:
        start = store.feed.head()
        store.ledger.commit(told_thrice(1))
        for cursor in (start, follow(store, start)[1].cursor):
            answer, seconds = self.waited(store, cursor, LONG)
            assert answer is True
            assert seconds < SOON

    def test_who_waits_in_vain_is_told_so_when_the_time_is_over(self, store: Store) -> None:
        stored(store, a_job(1))
        answer, seconds = self.waited(store, store.feed.head(), 0.3)
        assert answer is False
        assert 0.25 < seconds < SOON
        answer, seconds = self.waited(store, store.feed.head(), 0)
        assert answer is False
        assert seconds < SOON

    @pytest.mark.parametrize("what", ["commit", "batch", "notice", "reading", "all read"])
    def test_who_waits_is_woken_by_what_another_thread_does(self, store: Store, what: str) -> None:
        store.inboxes.notify(a_notice(1, ANN))
        works: dict[str, Callable[[], object]] = {
            "commit": lambda: store.ledger.commit(job_change(a_job(2))),
            "batch": lambda: store.ledger.commit_each([job_change(a_job(n)) for n in (2, 3)]),
            "notice": partial(store.inboxes.notify, a_notice(2, ANN)),
            "reading": lambda: store.inboxes.mark_read(ANN, id_of(1), START),
            "all read": lambda: store.inboxes.mark_all_read(ANN, START),
        }
        cursor = store.feed.head()

        def work() -> tuple[bool, float]:
            time.sleep(0.1)
            works[what]()
            return True, 0.0

        (answer, seconds), _ = race([lambda: self.waited(store, cursor, LONG), work])
        assert answer is True
        assert seconds < SOON
        assert events_after(store, cursor)

    def test_all_who_wait_are_woken(self, store: Store) -> None:
        start = store.feed.head()
        stored(store, a_job(1))
        cursor = store.feed.head()

        def work() -> tuple[bool, float]:
            time.sleep(0.1)
            stored(store, a_job(2))
            return True, 0.0

        waiting = [lambda: self.waited(store, cursor, LONG)] * 4
        answers = race([*waiting, lambda: self.waited(store, start, LONG), work])
        assert [answer for answer, _ in answers] == [True] * 6
        assert max(seconds for _, seconds in answers) < SOON

    def test_a_change_that_is_refused_wakes_nobody_for_nothing(self, store: Store) -> None:
        stored(store, a_job(1))
        cursor = store.feed.head()

        def work() -> tuple[bool, float]:
            time.sleep(0.05)
            with pytest.raises(StaleVersion):
                store.ledger.commit(told_thrice(1, notices=(a_notice(2, ANN),)))
            return False, 0.0

        (answer, _), _ = race([lambda: self.waited(store, cursor, 0.4), work])
        assert answer is False

    def test_a_store_that_is_opened_again_goes_on_from_every_old_place(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("durable")
        reopen: Callable[[], Store] = request.getfixturevalue("reopen")
        start, epoch = store.feed.head(), store.feed.epoch
        for number in (1, 2):
            store.ledger.commit(told_thrice(number, notices=(a_notice(500 + number, ANN),)))
        store.inboxes.mark_read(ANN, id_of(501), START)
        told, head = follow(store, start), store.feed.head()
        again = reopen()
        assert again.feed.epoch == epoch
        assert follow(again, head) == []
        late = told_thrice(3)
        again.ledger.commit(late)
        assert [each.event for each in follow(again, head)] == list(late.events)
        whole = follow(again, start)
        assert whole[: len(told)] == told
        for k, each in enumerate(told, start=1):
            assert follow(again, each.cursor) == whole[k:]

    def test_a_commit_that_dies_at_any_step_tells_all_of_its_events_or_none(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("interruptible")
        interrupt = request.getfixturevalue("interrupt")
        for step in range(1, 100):
            start = store.feed.head()
            full, told = full_change(step), told_thrice(step).events
            calendar = msgspec.structs.replace(full.calendars[0], technician_id=id_of(5000 + step))
            change = msgspec.structs.replace(full, calendars=(calendar,), events=told)
            with interrupt(step) as deaths:
                store.ledger.commit(change)
            whole = store.jobs.get(change.root.id, SEES_ALL) is not None
            expected = [*told, *map(notices.created, change.notices)] if whole else []
            assert events_after(store, start) == expected
            if not deaths:
                assert whole
                return
        raise AssertionError("a commit of more than 100 steps")


class FeedRaces(StoreContract):
    """Part of the contract of `Feed`: those who write at once, and those who follow meanwhile."""

    def test_whoever_follows_sees_the_same_order_without_a_gap_and_nothing_late(self, store: Store) -> None:
        self.needs("follows")
        self.needs("concurrency")
        start = store.feed.head()
        shared = stored(store, a_job(1))
        writing = [_Writer(store, number, shared) for number in range(1, WRITERS + 1)]
        over, left = Flag(), [*writing]

        def write(writer: _Writer) -> Callable[[], list[Followed]]:
            def work() -> list[Followed]:
                try:
                    writer.work()
                finally:
                    left.remove(writer)
                    if not left:
                        over.set()
                return []

            return work

        followers = [_follower(store, start, over, seed) for seed in range(FOLLOWERS)]
        seen = race([*map(write, writing), *followers])[WRITERS:]
        told = follow(store, start)
        for found in seen:
            assert found == told
        keys = [each.event.key for each in told]
        acknowledged = [key for writer in writing for key in writer.acknowledged]
        assert Counter(keys) == Counter([f"job|{shared.id}|1|0", *acknowledged])
        assert set(Counter(keys).values()) == {1}
        for writer in writing:
            own = set(writer.acknowledged)
            assert [key for key in keys if key in own] == writer.acknowledged
        versions: dict[str, list[int]] = {}
        for each in told:
            versions.setdefault(each.event.subject.id, []).append(each.event.version)
        assert all(found == sorted(found) for found in versions.values())
        assert versions[shared.id] == list(range(1, len(versions[shared.id]) + 1))


def _follower(store: Store, start: Cursor, over: Flag, seed: int) -> Callable[[], list[Followed]]:
    """Follows with whatever limits until nothing more can come; answers what it was told."""

    def work() -> list[Followed]:
        chance, cursor = Random(seed), start
        told: list[Followed] = []
        while True:
            last = over.is_set()
            found = stretch(store, cursor, chance.randrange(1, 20))
            told += found.told
            cursor = found.cursor
            if last and not found.told:
                return told
            if not found.told:
                await_more(store, cursor, 0.05)

    return work


class _Writer:
    """One of several who write: alone, in batches, against one another, and into an inbox."""

    def __init__(self, store: Store, number: int, shared: Job) -> None:
        self._store = store
        self._first = 1_000 * number
        self._shared = shared.id
        self._reader = id_of(self._first)
        self.acknowledged: list[str] = []
        """The keys of the events of all that was acknowledged, in that order."""

    def work(self) -> None:
        """Write."""
        for turn in range(ROUNDS):
            number = self._first + 10 * turn
            first = told_thrice(number + 1, notices=(a_notice(number + 2, self._reader),))
            assert attempt(self._store, first) == "stored"
            self._note(first)
            self._move_on()
            self._write_many(told_thrice(number + 3), told_thrice(number + 1), job_change(a_job(number + 4)))
            self._read(id_of(number + 2))

    def _move_on(self) -> None:
        """Change what the others change, too: only one of several who meet is not refused."""
        job = self._store.jobs.get(self._shared, SEES_ALL)
        assert job is not None
        change = job_change(after(job), job)
        if attempt(self._store, change) == "stored":
            self._note(change)

    def _write_many(self, first: Change[Any], refused: Change[Any], last: Change[Any]) -> None:
        """One that is refused between two that are not; after a Busy they may say that they were stored by then."""
        outcomes = persistent(lambda: self._store.ledger.commit_each([first, refused, last]))
        assert isinstance(outcomes[1], StaleVersion)
        assert {type(outcome) for outcome in outcomes} <= {type(None), StaleVersion}
        for change in (first, last):
            assert self._store.jobs.get(change.root.id, SEES_ALL) == change.root
            self._note(change)

    def _read(self, notice_id: Id) -> None:
        assert persistent(lambda: self._store.inboxes.mark_read(self._reader, notice_id, START))
        self.acknowledged.append(notices.read(self._reader, notice_id, START).key)

    def _note(self, change: Change[Any]) -> None:
        self.acknowledged += [event.key for event in change.events]
        self.acknowledged += [notices.created(notice).key for notice in change.notices]

"""The contracts of whatever tells people something, and of the inbox that they all have."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import Replayed
from hosanna_core.model.notice import Channel, NoticeKind
from hosanna_core.model.status import Status
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, stored, unused
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.racing import persistent, race
from hosanna_core.testing.samples import START, a_job, a_notice, id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.notice import Notice
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)
THREADS: Final = 8


class NotifierContract(StoreContract):
    """Telling somebody something, whatever the way: an adapter that is only a notifier takes this alone."""

    def test_telling_the_same_notice_again_is_no_trouble(self, store: Store) -> None:
        notice = a_notice(1, ANN)
        for _ in range(2):
            answer: object = store.inboxes.notify(notice)  # type: ignore[func-returns-value]  # nothing is the promise
            assert answer is None


class DueNotices(StoreContract):
    """Part of the contract of `Inboxes`: what has yet to be told on other ways, and who takes it."""

    def due(self, store: Store, number: int, due_at: Millis | None, user_id: Id = ANN) -> Notice:
        """A notice that waits to be told by e-mail."""
        channels = () if due_at is None else (Channel.EMAIL,)
        notice = a_notice(number, user_id, channels=channels, due_at=due_at)
        store.inboxes.notify(notice)
        return notice

    def taken(self, store: Store, now: Millis, until: Millis, limit: int = 100) -> list[Id]:
        """Which notices somebody takes."""
        found = persistent(lambda: store.inboxes.take_due(now, until, limit))
        assert len(found) <= limit
        return [each.id for each in found]

    def test_what_is_due_is_taken_the_longest_due_first(self, store: Store) -> None:
        for number, due_at in ((1, START + 3), (2, START + 1), (3, None), (4, START + 2), (5, START + 9)):
            self.due(store, number, due_at, (ANN, BOB)[number % 2])
        assert self.taken(store, START, START + 50) == []
        assert self.taken(store, START + 3, START + 50, limit=2) == [id_of(2), id_of(4)]
        assert self.taken(store, START + 3, START + 50) == [id_of(1)]
        assert self.taken(store, START + 9, START + 50) == [id_of(5)]

    def test_what_is_taken_is_the_notice_whole(self, store: Store) -> None:
        kept = a_notice(1, ANN, job_id=id_of(7), channels=(Channel.EMAIL, Channel.PUSH), due_at=START)
        store.inboxes.notify(kept)
        (taken,) = store.inboxes.take_due(START, START + 50, 10)
        assert msgspec.structs.replace(taken, due_at=START) == kept

    def test_what_was_taken_is_due_again_when_its_time_has_come(self, store: Store) -> None:
        self.due(store, 1, START)
        assert self.taken(store, START, START + 50) == [id_of(1)]
        assert self.taken(store, START + 49, START + 90) == []
        assert self.taken(store, START + 50, START + 90) == [id_of(1)]
        assert self.taken(store, START + 50, START + 90) == []

    def test_what_is_settled_waits_as_it_is_told_to_or_no_more(self, store: Store) -> None:
        first, second = self.due(store, 1, START), self.due(store, 2, START)
        later = msgspec.structs.replace(first, channels=(Channel.PUSH,), due_at=START + 70)
        store.inboxes.settle(later)
        store.inboxes.settle(msgspec.structs.replace(second, channels=(), due_at=None))
        assert self.taken(store, START + 69, START + 90) == []
        assert store.inboxes.get(ANN, first.id) == later
        assert self.taken(store, START + 70, START + 90) == [first.id]
        done = store.inboxes.get(ANN, second.id)
        assert done is not None
        assert (done.channels, done.due_at) == ((), None)

    def test_settling_touches_nothing_else_and_brings_nothing_back(self, store: Store) -> None:
        notice = self.due(store, 1, START)
        store.inboxes.mark_read(ANN, notice.id, START + 5)
        settled = msgspec.structs.replace(notice, kind="another", live=False, channels=(), due_at=None)
        store.inboxes.settle(settled)
        expected = msgspec.structs.replace(notice, read_at=START + 5, channels=(), due_at=None)
        assert store.inboxes.get(ANN, notice.id) == expected
        gone = a_notice(2, ANN, channels=(Channel.EMAIL,), due_at=START)
        store.inboxes.settle(gone)
        store.inboxes.settle(msgspec.structs.replace(notice, user_id=BOB, due_at=START))
        assert store.inboxes.get(ANN, gone.id) is None
        assert store.inboxes.get(BOB, notice.id) is None
        assert self.taken(store, START + 90, START + 99) == []

    def test_reading_a_notice_does_not_settle_it(self, store: Store) -> None:
        self.due(store, 1, START)
        store.inboxes.mark_all_read(ANN, START + 5)
        assert self.taken(store, START + 5, START + 90) == [id_of(1)]

    def test_of_several_who_take_at_once_each_notice_goes_to_one(self, store: Store) -> None:
        self.needs("concurrency")
        numbers = range(1, 61)
        for number in numbers:
            self.due(store, number, START + number % 7, (ANN, BOB)[number % 2])

        def take() -> list[Id]:
            taken: list[Id] = []
            while found := self.taken(store, START + 10, START + 500, limit=5):
                taken += found
            return taken

        shares = race([take] * THREADS)
        assert sorted(each for share in shares for each in share) == [id_of(number) for number in numbers]


class InboxesContract(DueNotices, NotifierContract):
    """Inboxes: told once, read once, the newest first."""

    def inbox(self, store: Store, user_id: str = ANN) -> list[Notice]:
        """All that somebody was told."""
        return list(store.inboxes.notices(user_id, None, 100))

    def test_a_notice_is_in_the_inbox_of_its_receiver_alone(self, store: Store) -> None:
        notice = a_notice(1, ANN, job_id=id_of(7))
        store.inboxes.notify(notice)
        assert self.inbox(store, ANN) == [notice]
        assert self.inbox(store, BOB) == []

    def test_the_same_notice_again_changes_nothing_also_once_it_is_read(self, store: Store) -> None:
        notice = a_notice(1, ANN)
        store.inboxes.notify(notice)
        store.inboxes.notify(notice)
        assert self.inbox(store) == [notice]
        assert store.inboxes.mark_read(ANN, notice.id, START + 5)
        store.inboxes.notify(notice)
        stored(store, a_job(1), notices=(notice,))
        assert [each.read_at for each in self.inbox(store)] == [START + 5]

    def test_a_notice_is_read_once(self, store: Store) -> None:
        store.inboxes.notify(a_notice(1, ANN))
        assert store.inboxes.mark_read(ANN, id_of(1), START + 5)
        assert store.inboxes.mark_read(ANN, id_of(1), START + 9)
        assert [each.read_at for each in self.inbox(store)] == [START + 5]

    def test_somebody_elses_notice_cannot_be_read(self, store: Store) -> None:
        store.inboxes.notify(a_notice(1, ANN))
        assert not store.inboxes.mark_read(BOB, id_of(1), START)
        assert not store.inboxes.mark_read(ANN, id_of(2), START)
        assert [each.read_at for each in self.inbox(store)] == [None]

    def test_an_inbox_is_paged_from_the_newest_down(self, store: Store) -> None:
        for number in (3, 1, 7, 5, 2, 6, 4):
            store.inboxes.notify(a_notice(number, ANN))
            store.inboxes.notify(a_notice(100 + number, BOB))
        first = store.inboxes.notices(ANN, None, 3)
        second = store.inboxes.notices(ANN, first[-1].id, 3)
        third = store.inboxes.notices(ANN, second[-1].id, 3)
        assert [each.id for each in (*first, *second, *third)] == [
            id_of(number) for number in range(7, 0, -1)
        ]

    def test_the_notices_of_a_change_are_there_with_it(self, store: Store) -> None:
        mine, yours = a_notice(1, ANN), a_notice(2, BOB)
        stored(store, a_job(1), notices=(mine, yours))
        assert (self.inbox(store, ANN), self.inbox(store, BOB)) == ([mine], [yours])

    @shared_store
    @given(notice=strategies.notices())
    def test_every_notice_comes_back_as_it_went_in(self, store: Store, notice: Notice) -> None:
        fresh = msgspec.structs.replace(notice, id=id_of(unused(store)))
        store.inboxes.notify(fresh)
        assert store.inboxes.get(fresh.user_id, fresh.id) == fresh
        assert fresh in self.inbox(store, fresh.user_id)

    def test_what_a_change_tells_comes_back_as_it_went_in(self, store: Store) -> None:
        notice = a_notice(
            1,
            ANN,
            kind=NoticeKind.STATUS_CHANGED.value,
            job_id=id_of(7),
            status=Status.COMPLETED,
            announcement_id=id_of(8),
            expires_at=START + 500,
            live=False,
            channels=(Channel.EMAIL, Channel.PUSH),
            due_at=START + 5,
        )
        stored(store, a_job(7), notices=(notice,))
        assert store.inboxes.get(ANN, notice.id) == notice

    def test_a_notice_is_found_by_its_receiver_alone(self, store: Store) -> None:
        notice = a_notice(1, ANN)
        store.inboxes.notify(notice)
        assert store.inboxes.get(ANN, notice.id) == notice
        assert store.inboxes.get(BOB, notice.id) is None
        assert store.inboxes.get(ANN, id_of(2)) is None

    def test_many_notices_are_got_at_once_by_their_receivers_alone(self, store: Store) -> None:
        made = [a_notice(number, (ANN, BOB)[number % 2]) for number in range(1, 6)]
        for notice in made:
            store.inboxes.notify(notice)
        wanted = [(each.user_id, each.id) for each in made[1:]]
        assert dict(store.inboxes.get_many([*wanted, wanted[0]])) == {each.id: each for each in made[1:]}
        nobodys = [(BOB, made[1].id), (ANN, made[0].id), (ANN, id_of(7_000))]
        assert dict(store.inboxes.get_many([*nobodys, wanted[1]])) == {made[2].id: made[2]}
        assert dict(store.inboxes.get_many([])) == {}

    def test_the_unread_of_many_are_counted_at_once(self, store: Store) -> None:
        for number, expires_at in ((1, None), (2, None), (3, START + 50), (4, START + 60)):
            store.inboxes.notify(a_notice(number, ANN, expires_at=expires_at))
            store.inboxes.notify(a_notice(100 + number, BOB))
        store.inboxes.mark_read(ANN, id_of(2), START)
        nobody = id_of(903)
        asked = [ANN, nobody, BOB]
        assert dict(store.inboxes.unread_of(asked, START + 49)) == {ANN: 3, nobody: 0, BOB: 4}
        assert dict(store.inboxes.unread_of(asked, START + 50)) == {ANN: 2, nobody: 0, BOB: 4}
        assert dict(store.inboxes.unread_of([ANN], START + 60)) == {ANN: 1}
        assert dict(store.inboxes.unread_of([], START)) == {}

    def test_unread_are_those_that_are_neither_read_nor_expired(self, store: Store) -> None:
        assert store.inboxes.unread(ANN, START) == 0
        for number, expires_at in ((1, None), (2, None), (3, START + 50), (4, START + 60), (5, START + 60)):
            store.inboxes.notify(a_notice(number, ANN, expires_at=expires_at))
        store.inboxes.notify(a_notice(6, BOB))
        store.inboxes.mark_read(ANN, id_of(2), START)
        store.inboxes.mark_read(ANN, id_of(5), START)
        assert [store.inboxes.unread(ANN, START + now) for now in (0, 49, 50, 59, 60)] == [3, 3, 2, 2, 1]
        assert store.inboxes.unread(BOB, START) == 1

    def test_expired_notices_stay_in_the_inbox(self, store: Store) -> None:
        notice = a_notice(1, ANN, expires_at=START + 5)
        store.inboxes.notify(notice)
        assert self.inbox(store) == [notice]

    def test_what_was_read_long_ago_or_never_for_longer_is_swept(self, store: Store) -> None:
        for number in range(1, 9):
            store.inboxes.notify(a_notice(number, (ANN, BOB)[number % 2], created_at=START + number))
        for number, read_at in ((1, 20), (2, 21), (3, 22), (4, 23)):
            store.inboxes.mark_read((ANN, BOB)[number % 2], id_of(number), START + read_at)
        assert store.inboxes.sweep(START + 22, START + 7, 100) == 4
        assert [each.id for each in self.inbox(store, ANN)] == [id_of(8), id_of(4)]
        assert [each.id for each in self.inbox(store, BOB)] == [id_of(7), id_of(3)]
        assert store.inboxes.sweep(START + 22, START + 7, 100) == 0

    def test_what_has_yet_to_be_told_on_another_way_is_not_swept(self, store: Store) -> None:
        for number in (1, 2):
            store.inboxes.notify(a_notice(number, ANN, channels=(Channel.EMAIL,), due_at=START))
        store.inboxes.mark_read(ANN, id_of(2), START)
        assert store.inboxes.sweep(1 << 52, 1 << 52, 100) == 0
        store.inboxes.settle(a_notice(1, ANN, channels=(), due_at=None))
        assert store.inboxes.sweep(1 << 52, 1 << 52, 100) == 1
        assert [each.id for each in self.inbox(store)] == [id_of(2)]

    def test_no_more_notices_are_swept_at_once_than_is_asked_for(self, store: Store) -> None:
        for number in range(1, 8):
            store.inboxes.notify(a_notice(number, ANN))
            if number % 2:
                store.inboxes.mark_read(ANN, id_of(number), START)
        assert [store.inboxes.sweep(1 << 52, 1 << 52, 3) for _ in range(4)] == [3, 3, 1, 0]

    def test_all_that_was_not_read_is_read_at_once(self, store: Store) -> None:
        for number in range(1, 6):
            store.inboxes.notify(a_notice(number, ANN))
        store.inboxes.notify(a_notice(6, BOB))
        store.inboxes.mark_read(ANN, id_of(3), START + 5)
        assert store.inboxes.mark_all_read(ANN, START + 7) == 4
        assert [each.read_at for each in self.inbox(store)] == [
            START + (5 if number == 3 else 7) for number in range(5, 0, -1)
        ]
        assert store.inboxes.unread(ANN, START) == 0
        assert [each.read_at for each in self.inbox(store, BOB)] == [None]
        assert store.inboxes.mark_all_read(ANN, START + 9) == 0
        assert store.inboxes.mark_all_read(id_of(903), START + 9) == 0

    def test_a_request_to_read_all_that_was_done_is_refused_and_its_receipt_tells_how_many(
        self, store: Store
    ) -> None:
        for number in range(1, 4):
            store.inboxes.notify(a_notice(number, ANN))
        receipt = a_receipt("read-all", START)
        assert store.inboxes.mark_all_read(ANN, START, receipt) == 3
        store.inboxes.notify(a_notice(4, ANN))
        with pytest.raises(Replayed):
            store.inboxes.mark_all_read(ANN, START + 1, a_receipt("read-all", START + 1))
        assert store.inboxes.unread(ANN, START) == 1
        assert store.receipts.get("read-all", START) == msgspec.structs.replace(receipt, version=3)

    def test_of_eight_who_tell_or_read_the_same_notice_one_counts(self, store: Store) -> None:
        self.needs("concurrency")
        notice = a_notice(1, ANN)
        works: list[Callable[[], object]] = [
            *(partial(store.inboxes.notify, notice) for _ in range(THREADS // 2)),
            *(
                partial(store.inboxes.mark_read, ANN, notice.id, at)
                for at in range(START, START + THREADS // 2)
            ),
        ]
        race([partial(persistent, work) for work in works])
        store.inboxes.mark_read(ANN, notice.id, START + 99)
        (kept,) = self.inbox(store)
        assert kept.read_at is not None
        assert START <= kept.read_at <= START + 99

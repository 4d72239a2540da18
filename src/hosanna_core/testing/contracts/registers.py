"""The contracts of calendars, receipts, inboxes and keystore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.schedule import Availability, Home, Skill, Visit, Window
from hosanna_core.testing.contracts.base import StoreContract, stored
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.samples import START, a_calendar, a_job, a_notice, id_of

if TYPE_CHECKING:
    from hosanna_core.model.notice import Notice
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)


class CalendarsContract(StoreContract):
    """Reading calendars."""

    def test_only_those_who_have_a_calendar_are_answered(self, store: Store) -> None:
        mine = a_calendar(ANN)
        stored(store, a_job(1), calendars=(mine,))
        assert dict(store.calendars.of([BOB, ANN])) == {ANN: mine}
        assert dict(store.calendars.of([BOB])) == {}
        assert dict(store.calendars.of([])) == {}

    def test_a_calendar_is_the_one_that_was_written_last(self, store: Store) -> None:
        hours = {"mon": ((480, 720), (780, 1020)), "sat": ()}
        availability = Availability(
            timezone="America/Chicago",
            hours=hours,
            time_off=(Window(START, START + DAY),),
            home=Home(30.25, -97.75),
            daily_maximum=6,
            skills=(Skill("ev", 2, "2027-01-31"), Skill("solar")),
        )
        stored(store, a_job(1), calendars=(a_calendar(ANN),))
        visits = (
            Visit(id_of(1), Window(START, START + HOUR)),
            Visit(id_of(2), Window(START, START + DAY), True),
        )
        booked = a_calendar(ANN, 2, availability=availability, visits=visits, active=False)
        stored(store, a_job(2), calendars=(booked,))
        assert dict(store.calendars.of([ANN])) == {ANN: booked}
        emptied = a_calendar(ANN, 3)
        stored(store, a_job(3), calendars=(emptied,))
        assert dict(store.calendars.of([ANN])) == {ANN: emptied}

    def test_very_many_calendars_may_be_asked_for_at_once(self, store: Store) -> None:
        stored(store, a_job(1), calendars=(a_calendar(ANN),))
        assert set(store.calendars.of([id_of(number) for number in range(2_000)])) == {ANN}


class ReceiptsContract(StoreContract):
    """Reading receipts."""

    def test_a_receipt_answers_for_24_hours(self, store: Store) -> None:
        receipt = a_receipt("key", START)
        stored(store, a_job(1), receipt=receipt)
        assert store.receipts.get("key", START) == receipt
        assert store.receipts.get("key", START + DAY - 1) == receipt
        assert store.receipts.get("key", START + DAY + 1) is None

    def test_a_key_that_was_never_used_has_no_receipt(self, store: Store) -> None:
        assert store.receipts.get("key", START) is None


class NotifierContract(StoreContract):
    """Telling somebody something, whatever the way: an adapter that is only a notifier takes this alone."""

    def test_telling_the_same_notice_again_is_no_trouble(self, store: Store) -> None:
        notice = a_notice(1, ANN)
        for _ in range(2):
            answer: object = store.inboxes.notify(notice)  # type: ignore[func-returns-value]  # nothing is the promise
            assert answer is None


class InboxesContract(NotifierContract):
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


class KeystoreContract(StoreContract):
    """The slot of the store's secret."""

    def test_a_new_store_keeps_nothing(self, store: Store) -> None:
        assert store.keystore.wrapped() is None

    def test_the_first_secret_is_kept_and_the_second_is_told_so(self, store: Store) -> None:
        assert store.keystore.keep(b"\x00first", None) == b"\x00first"
        assert store.keystore.keep(b"second", None) == b"\x00first"
        assert store.keystore.wrapped() == b"\x00first"

    def test_a_secret_is_wrapped_anew_only_by_who_knows_what_is_kept(self, store: Store) -> None:
        store.keystore.keep(b"first", None)
        assert store.keystore.keep(b"second", b"first") == b"second"
        assert store.keystore.keep(b"third", b"first") == b"second"
        assert store.keystore.wrapped() == b"second"

    def test_a_mark_is_kept_beside_the_secret_and_moved_on_only_by_who_knows_it(self, store: Store) -> None:
        assert store.keystore.mark() is None
        store.keystore.keep(b"secret", None)
        assert store.keystore.keep_mark(b"\x00one", None) == b"\x00one"
        assert store.keystore.keep_mark(b"two", None) == b"\x00one"
        assert store.keystore.keep_mark(b"two", b"\x00one") == b"two"
        assert store.keystore.keep_mark(b"three", b"\x00one") == b"two"
        assert (store.keystore.mark(), store.keystore.wrapped()) == (b"two", b"secret")

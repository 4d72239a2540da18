"""The contracts of calendars, receipts and keystore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.schedule import Availability, Skill, Visit, Window
from hosanna_core.model.travel import Point
from hosanna_core.testing.contracts.base import StoreContract, stored
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.samples import START, a_calendar, a_job, id_of

if TYPE_CHECKING:
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
            home=Point(30.25, -97.75),
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

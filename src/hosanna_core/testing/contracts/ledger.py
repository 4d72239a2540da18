"""The contract of `hosanna_core.ports.Ledger`: what is stored, and what is refused, whole."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import CommitRefused, GuardRefused, Replayed, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.change import Claim, Seat
from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.people import Role
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.accounts import AuditedChanges, ForgettingChanges, SessionChanges
from hosanna_core.testing.contracts.base import shared_store, stored, stored_user, unused
from hosanna_core.testing.contracts.spoiled import (
    a_receipt,
    administrator,
    faulty_user_change,
    full_change,
    prepared,
)
from hosanna_core.testing.reading import snapshot
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_job,
    a_notice,
    a_user,
    after,
    an_announcement,
    announcement_change,
    audit_facts,
    id_of,
    job_change,
    user_change,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User
    from hosanna_core.ports import Store

ORDER: Final = (Replayed, StaleVersion, Taken, GuardRefused, StaleCalendar)
"""Where several refusals apply, the first of these is raised."""


class LedgerContract(SessionChanges, AuditedChanges, ForgettingChanges):
    """Whole or not at all."""

    refusals_of_a_user: ClassVar[Sequence[tuple[type[CommitRefused], ...]]] = tuple(
        several for count in range(1, len(ORDER) + 1) for several in combinations(ORDER, count)
    )

    def test_everything_that_goes_with_a_new_job_is_stored_with_it(self, store: Store) -> None:
        change = full_change()
        store.ledger.commit(change)
        assert store.jobs.get(change.root.id, SEES_ALL) == change.root
        assert list(store.jobs.history(change.root.id)) == [change.entry]
        assert list(store.inboxes.notices(id_of(900), None, 10)) == list(change.notices)
        assert dict(store.calendars.of([id_of(900)])) == {id_of(900): change.calendars[0]}
        assert store.receipts.get("key-1", START) == change.receipt
        assert store.jobs.known_refs(["P-1", "P-2"]) == {"P-1"}

    def test_the_next_state_takes_the_place_of_the_last_and_its_entry_is_appended(self, store: Store) -> None:
        first = job_change(a_job(1))
        second = job_change(after(first.root, title="Another title", priority=Priority.HIGH), first.root)
        store.ledger.commit(first)
        store.ledger.commit(second)
        assert store.jobs.get(id_of(1), SEES_ALL) == second.root
        assert list(store.jobs.history(id_of(1))) == [first.entry, second.entry]

    def test_what_a_change_empties_is_empty(self, store: Store) -> None:
        job = stored(store, a_job(1, window=Window(START, START + HOUR), technician_id=id_of(900)))
        bare = stored(store, after(job, window=None, technician_id=None, description=None), job)
        assert store.jobs.get(id_of(1), SEES_ALL) == bare

    def test_a_user_is_stored_and_moved_on(self, store: Store) -> None:
        user = stored_user(store, a_user(1, preferences={"units": {"metric": [True, None, 1.5]}}))
        assert store.users.get(user.id) == user
        moved = stored_user(
            store, after(user, phone="+1 512", role=Role.OFFICE_MANAGER, session_epoch=1), user
        )
        assert store.users.get(user.id) == moved

    @shared_store
    @given(job=strategies.jobs())
    def test_every_job_comes_back_as_it_went_in(self, store: Store, job: Job) -> None:
        number = unused(store)
        ref = None if job.external_ref is None else f"{job.external_ref} {number}"
        fresh = msgspec.structs.replace(job, id=id_of(number), number=number, external_ref=ref)
        change = job_change(fresh)
        store.ledger.commit(change)
        assert store.jobs.get(fresh.id, SEES_ALL) == change.root
        assert list(store.jobs.history(fresh.id)) == [change.entry]

    @shared_store
    @given(user=strategies.users())
    def test_every_user_comes_back_as_they_went_in(self, store: Store, user: User) -> None:
        fresh_id = id_of(unused(store))
        fresh = msgspec.structs.replace(user, id=fresh_id, email=f"{fresh_id}@example.com")
        store.ledger.commit(user_change(fresh))
        assert store.users.get(fresh_id) == fresh

    @shared_store
    @given(calendar=strategies.calendars())
    def test_every_calendar_comes_back_as_it_went_in(self, store: Store, calendar: Any) -> None:
        technician = id_of(unused(store))
        fresh = msgspec.structs.replace(calendar, technician_id=technician, version=1)
        user = a_user(1, id=technician, email=f"{technician}@example.com")
        store.ledger.commit(user_change(user, calendars=(fresh,)))
        assert dict(store.calendars.of([technician])) == {technician: fresh}

    @pytest.mark.parametrize("first", ORDER, ids=lambda error: error.code)
    def test_of_several_refusals_the_first_is_raised_and_nothing_is_stored(
        self, store: Store, first: type[CommitRefused]
    ) -> None:
        base = prepared(store)
        for faults in self.refusals_of_a_user:
            if faults[0] is not first:
                continue
            change = faulty_user_change(base, faults)
            before = snapshot(store, [change], START)
            with pytest.raises(CommitRefused) as refusal:
                store.ledger.commit(change)
            assert type(refusal.value) is first, f"with {[fault.code for fault in faults]}"
            assert snapshot(store, [change], START) == before

    @pytest.mark.parametrize(
        "fault", [Replayed, StaleVersion, Taken, StaleCalendar], ids=lambda error: error.code
    )
    def test_a_refused_job_leaves_nothing_behind(self, store: Store, fault: type[CommitRefused]) -> None:
        store.ledger.commit(full_change(1))
        good = full_change(2)
        next_calendar = msgspec.structs.replace(good.calendars[0], version=2)
        good = msgspec.structs.replace(good, calendars=(next_calendar,))
        spoiled: dict[type[CommitRefused], dict[str, Any]] = {
            Replayed: {"receipt": a_receipt("key-1")},
            StaleVersion: {"expected": 1},
            Taken: {"claims": (*good.claims, Claim("external_ref", "P-1"))},
            StaleCalendar: {"calendars": (a_calendar(id_of(899)), a_calendar(id_of(900)))},
        }
        bad = msgspec.structs.replace(good, **spoiled[fault])
        before = snapshot(store, [bad, good], START)
        with pytest.raises(fault):
            store.ledger.commit(bad)
        assert snapshot(store, [bad, good], START) == before
        store.ledger.commit(good)

    @pytest.mark.parametrize("expected", [None, 1, 3, 7])
    def test_only_the_version_that_is_stored_can_be_replaced(
        self, store: Store, expected: int | None
    ) -> None:
        job = stored(store, a_job(1))
        job = stored(store, after(job), job)
        with pytest.raises(StaleVersion):
            store.ledger.commit(msgspec.structs.replace(job_change(after(job), job), expected=expected))
        assert store.jobs.get(job.id, SEES_ALL) == job
        stored(store, after(job), job)

    def test_what_does_not_exist_cannot_be_replaced(self, store: Store) -> None:
        job, user = a_job(1), a_user(1)
        with pytest.raises(StaleVersion):
            store.ledger.commit(job_change(after(job), job))
        with pytest.raises(StaleVersion):
            store.ledger.commit(user_change(after(user), user))
        assert store.jobs.get(job.id, SEES_ALL) is None
        assert store.users.get(user.id) is None

    def test_a_user_who_exists_is_not_made_again(self, store: Store) -> None:
        user = stored_user(store, a_user(1))
        with pytest.raises(StaleVersion):
            stored_user(store, a_user(1, full_name="Somebody else"))
        assert store.users.get(user.id) == user

    def test_a_claimed_value_is_taken_for_ever(self, store: Store) -> None:
        store.ledger.commit(job_change(a_job(1, external_ref="P-1"), claims=(Claim("external_ref", "P-1"),)))
        with pytest.raises(Taken) as refusal:
            store.ledger.commit(
                job_change(a_job(2, external_ref="P-1"), claims=(Claim("external_ref", "P-1"),))
            )
        assert refusal.value.kind == "external_ref"
        store.ledger.commit(job_change(a_job(2, external_ref="p-1"), claims=(Claim("external_ref", "p-1"),)))

    def test_the_same_value_may_be_claimed_for_another_kind(self, store: Store) -> None:
        store.ledger.commit(job_change(a_job(1), claims=(Claim("external_ref", "7"),)))
        store.ledger.commit(job_change(a_job(2), claims=(Claim("meter", "7"),)))
        assert store.jobs.get(a_job(2).id, SEES_ALL) is not None

    def test_an_announcement_is_made_once_with_everything_that_goes_with_it(self, store: Store) -> None:
        announcement = an_announcement(1, role=Role.TECHNICIAN, expires_at=START + DAY)
        told = tuple(a_notice(number, id_of(900), announcement_id=announcement.id) for number in (5, 6))
        parts = {"notices": told, "receipt": a_receipt("key"), "audit": (audit_facts(7, id_of(900)),)}
        change = announcement_change(announcement, **parts)
        store.ledger.commit(change)
        assert store.announcements.get(announcement.id) == announcement
        assert list(store.inboxes.notices(id_of(900), None, 10)) == [told[1], told[0]]
        assert store.receipts.get("key", START) == change.receipt
        again = announcement_change(an_announcement(1, title="Another"), notices=(a_notice(8, id_of(900)),))
        before = snapshot(store, [change, again], START)
        with pytest.raises(StaleVersion):
            store.ledger.commit(again)
        with pytest.raises(Replayed):
            store.ledger.commit(change)
        assert snapshot(store, [change, again], START) == before

    def test_an_address_belongs_to_one_user(self, store: Store) -> None:
        ann = stored_user(store, a_user(1, email="ann@example.com"))
        with pytest.raises(Taken) as refusal:
            stored_user(store, a_user(2, email="ann@example.com"))
        assert refusal.value.kind == "email"
        bob = stored_user(store, a_user(2, email="bob@example.com"))
        with pytest.raises(Taken):
            stored_user(store, after(bob, email="ann@example.com"), bob)
        stored_user(store, after(ann, full_name="Ann Lee"), ann)

    def test_an_address_that_was_given_up_is_free_again(self, store: Store) -> None:
        ann = stored_user(store, a_user(1, email="ann@example.com"))
        stored_user(store, after(ann, email="ann.lee@example.com"), ann)
        bob = stored_user(store, a_user(2, email="ann@example.com"))
        assert store.users.by_email("ann@example.com") == bob

    def test_the_last_administrator_cannot_leave(self, store: Store) -> None:
        ann, bob = administrator(store, 1), administrator(store, 2)
        ann = stored_user(store, after(ann, active=False), ann, seat=Seat(ann.id, joins=False))
        with pytest.raises(GuardRefused):
            stored_user(store, after(bob, active=False), bob, seat=Seat(bob.id, joins=False))
        assert store.users.get(bob.id) == bob
        stored_user(store, after(ann, active=True), ann, seat=Seat(ann.id, joins=True))
        stored_user(store, after(bob, active=False), bob, seat=Seat(bob.id, joins=False))

    def test_who_did_not_join_does_not_count_as_an_administrator(self, store: Store) -> None:
        ann = administrator(store, 1)
        stale = user_change(after(a_user(2)), a_user(2), seat=Seat(id_of(2), joins=True))
        with pytest.raises(StaleVersion):
            store.ledger.commit(stale)
        with pytest.raises(GuardRefused):
            stored_user(store, after(ann, active=False), ann, seat=Seat(ann.id, joins=False))

    def test_who_left_in_vain_still_counts_as_an_administrator(self, store: Store) -> None:
        ann, bob = administrator(store, 1), administrator(store, 2)
        left = user_change(
            after(ann), ann, seat=Seat(ann.id, joins=False), calendars=(a_calendar(ann.id, version=5),)
        )
        with pytest.raises(StaleCalendar):
            store.ledger.commit(left)
        stored_user(store, after(bob, active=False), bob, seat=Seat(bob.id, joins=False))
        with pytest.raises(GuardRefused):
            stored_user(store, after(ann, active=False), ann, seat=Seat(ann.id, joins=False))

    @pytest.mark.parametrize("version", [0, 1, 3, 4])
    def test_a_calendar_moves_on_by_exactly_one_version(self, store: Store, version: int) -> None:
        stored(store, a_job(1), calendars=(a_calendar(id_of(900)),))
        with pytest.raises(StaleCalendar):
            stored(store, a_job(2), calendars=(a_calendar(id_of(900), version),))
        stored(store, a_job(2), calendars=(a_calendar(id_of(900), 2),))

    def test_a_first_calendar_has_version_one(self, store: Store) -> None:
        with pytest.raises(StaleCalendar):
            stored(store, a_job(1), calendars=(a_calendar(id_of(900), 2),))
        assert store.jobs.get(id_of(1), SEES_ALL) is None

    def test_of_two_calendars_both_are_written_or_none(self, store: Store) -> None:
        stored(store, a_job(1), calendars=(a_calendar(id_of(900)), a_calendar(id_of(901))))
        before = store.calendars.of([id_of(900), id_of(901)])
        with pytest.raises(StaleCalendar):
            stored(store, a_job(2), calendars=(a_calendar(id_of(900), 2), a_calendar(id_of(901), 3)))
        assert store.calendars.of([id_of(900), id_of(901)]) == before

    def test_a_receipt_answers_for_a_day_and_then_its_key_is_free(self, store: Store) -> None:
        stored(store, a_job(1), receipt=a_receipt("key", START))
        with pytest.raises(Replayed):
            stored(store, a_job(2), receipt=a_receipt("key", START + DAY - 1))
        again = a_receipt("key", START + DAY + 1)
        stored(store, a_job(2), receipt=again)
        assert store.receipts.get("key", START + DAY + 1) == again

    def test_a_long_history_stays_whole_and_in_order(self, store: Store) -> None:
        changes = [job_change(a_job(1))]
        for step in range(1, 150):
            before = changes[-1].root
            changes.append(job_change(after(before, title=f"Title {step}"), before))
        for change in changes:
            store.ledger.commit(change)
        history = store.jobs.history(id_of(1))
        assert list(history) == [change.entry for change in changes]
        job = store.jobs.get(id_of(1), SEES_ALL)
        assert job == changes[-1].root
        verify(job, history)

    def test_the_histories_of_many_jobs_are_those_of_each(self, store: Store) -> None:
        jobs = {number: stored(store, a_job(number)) for number in (1, 2, 3, 1_500)}
        for _ in range(70):
            jobs[2] = stored(store, after(jobs[2]), jobs[2])
        wanted = [id_of(number) for number in (*range(2, 2_001), 2)]
        found = store.jobs.histories(wanted)
        assert set(found) == {jobs[number].id for number in (2, 3, 1_500)}
        for job_id, history in found.items():
            assert list(history) == list(store.jobs.history(job_id))
        assert len(found[jobs[2].id]) == 71
        assert dict(store.jobs.histories([id_of(7_000)])) == {}
        assert dict(store.jobs.histories([])) == {}

    def test_a_refused_change_of_a_long_history_leaves_it_alone(self, store: Store) -> None:
        job = stored(store, a_job(1))
        for _ in range(70):
            with pytest.raises(StaleVersion):
                store.ledger.commit(
                    msgspec.structs.replace(job_change(after(job), job), expected=job.version + 1)
                )
            job = stored(store, after(job), job)
        verify(job, store.jobs.history(job.id))

"""The contract of stores as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from hosanna_core.errors import GuardRefused, NotEmpty, Replayed, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.change import EXTERNAL_REF, Claim, Seat
from hosanna_core.model.people import Role, User
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.snapshot import KINDS, NAMES, Administrator, Numbering, WholeJob
from hosanna_core.rules.history import verify
from hosanna_core.rules.trail import StreamCheck, stream_of_user
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract, stored, stored_user
from hosanna_core.testing.reading import ANYTHING, expected, walk
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_job,
    a_user,
    after,
    audit_facts,
    firm_change,
    id_of,
    job_change,
    user_change,
)
from hosanna_core.testing.snapshot_samples import (
    ADMINISTRATOR,
    EDITED,
    HASHED,
    NEXT_NUMBER,
    RECEIPT,
    REFERENCE,
    TECHNICIAN,
    a_snapshot,
    sorted_by_kind,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hosanna_core.model.job import Job
    from hosanna_core.model.snapshot import Record
    from hosanna_core.ports import Store


class SnapshotsContract(StoreContract):
    """Copying a store out and in."""

    @pytest.fixture
    def loaded(self, store: Store) -> Store:
        """The store, once something of every kind was loaded into it."""
        store.snapshots.load(a_snapshot())
        return store

    def test_the_sample_has_something_of_every_kind(self) -> None:
        assert {NAMES[type(record)] for record in a_snapshot()} == KINDS.keys()

    def test_what_was_loaded_is_dumped_again_value_by_value(self, loaded: Store) -> None:
        assert sorted_by_kind(loaded.snapshots.dump()) == sorted_by_kind(a_snapshot())

    def test_a_dump_goes_by_the_order_of_the_kinds(self, loaded: Store) -> None:
        names = list(dict.fromkeys(NAMES[type(record)] for record in loaded.snapshots.dump()))
        assert names == list(KINDS)

    def test_the_census_counts_what_a_dump_gives(self, loaded: Store) -> None:
        counted = {kind: count for kind, count in loaded.snapshots.census().items() if count}
        assert counted == Counter(NAMES[type(record)] for record in loaded.snapshots.dump())

    def test_a_dump_of_an_empty_store_holds_no_more_than_its_keys_and_its_numbering(
        self, store: Store
    ) -> None:
        assert [NAMES[type(record)] for record in store.snapshots.dump()] == ["keys", "numbering"]

    def test_lists_of_what_was_loaded_are_what_they_were(self, loaded: Store) -> None:
        jobs = _jobs(a_snapshot())
        for sort in Sort:
            found = [row.id for row in walk(loaded, SEES_ALL, ANYTHING, sort)]
            assert found == expected(jobs, SEES_ALL, ANYTHING, sort)

    def test_what_was_loaded_is_found_by_its_words(self, loaded: Store) -> None:
        wanted = JobFilter(words=("unmistakable",), prefix="130")
        assert [row.id for row in walk(loaded, SEES_ALL, wanted, Sort.NEWEST)] == [EDITED]

    def test_histories_of_what_was_loaded_verify(self, loaded: Store) -> None:
        for before in _jobs(a_snapshot()):
            job, entries = loaded.jobs.get(before.id, SEES_ALL), loaded.jobs.history(before.id)
            assert job == before
            verify(job, entries)

    def test_a_loaded_history_goes_on_from_where_it_was(self, loaded: Store) -> None:
        job = loaded.jobs.get(EDITED, SEES_ALL)
        assert job is not None
        for number in range(70):
            job = stored(loaded, after(job, title=f"Later {number}"), job)
        entries = loaded.jobs.history(EDITED)
        verify(job, entries)
        assert [entry.version for entry in entries] == list(range(1, job.version + 1))

    def test_a_stream_of_the_audit_trail_goes_on_from_where_it_was(self, loaded: Store) -> None:
        loaded.ledger.record((audit_facts(85, TECHNICIAN),))
        check = StreamCheck(stream_of_user(TECHNICIAN), erased={TECHNICIAN})
        for entry in loaded.audits.stream(stream_of_user(TECHNICIAN), 0, 100):
            check.follow(entry)
        (head,) = [each for each in loaded.audits.heads(None, 9) if each.stream == stream_of_user(TECHNICIAN)]
        assert check.n == head.n == 6
        check.reach(head.n, head.hash, "its head")

    def test_people_are_found_by_their_addresses_and_keep_their_passwords(self, loaded: Store) -> None:
        user = loaded.users.by_email("user2@example.com")
        assert user is not None
        assert (user.id, user.password_hash) == (TECHNICIAN, HASHED)
        caller = loaded.users.caller(ADMINISTRATOR)
        assert caller is not None
        assert caller.second_factor
        assert caller.revoked == (id_of(70),)

    def test_everything_that_refuses_a_change_still_refuses_it(self, loaded: Store) -> None:
        fresh = a_job(3_001, external_ref=REFERENCE)
        with pytest.raises(Replayed):
            loaded.ledger.commit(job_change(fresh, receipt=RECEIPT))
        with pytest.raises(StaleVersion):
            loaded.ledger.commit(job_change(a_job(1_001)))
        with pytest.raises(Taken):
            loaded.ledger.commit(job_change(fresh, claims=(Claim(EXTERNAL_REF, REFERENCE),)))
        with pytest.raises(Taken):
            stored_user(loaded, a_user(9, email="user2@example.com"))
        with pytest.raises(StaleCalendar):
            loaded.ledger.commit(job_change(fresh, calendars=(a_calendar(TECHNICIAN, 9),)))
        with pytest.raises(StaleVersion):
            loaded.ledger.commit(firm_change(a_firm(1)))
        _commit_last_administrator_leaves(loaded)

    def test_numbers_go_on_behind_those_that_were_given(self, loaded: Store) -> None:
        assert all(number >= NEXT_NUMBER for number in loaded.jobs.claim_numbers(20))

    def test_what_was_loaded_outlives_the_process(
        self, loaded: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("durable")
        reopen: Callable[[], Store] = request.getfixturevalue("reopen")
        epoch = loaded.feed.epoch
        again = reopen()
        assert sorted_by_kind(again.snapshots.dump()) == sorted_by_kind(a_snapshot())
        assert again.feed.epoch == epoch

    def test_loading_tells_the_feed_nothing_and_begins_a_new_epoch(self, store: Store) -> None:
        epoch = store.feed.epoch
        if not self.follows:
            store.snapshots.load(a_snapshot())
            assert store.feed.epoch != epoch
            return
        before = store.feed.head()
        store.snapshots.load(a_snapshot())
        assert store.feed.epoch != epoch
        assert not store.feed.after(before, 10).told
        assert not store.feed.after(store.feed.head(), 10).told

    def test_what_else_an_empty_store_holds_gives_way(self, store: Store) -> None:
        store.keystore.keep(b"x" * 40, None)
        store.ledger.record((audit_facts(7, id_of(77)), audit_facts(8, TECHNICIAN)))
        store.ledger.commit(firm_change(a_firm(1)))
        store.snapshots.load(a_snapshot())
        assert sorted_by_kind(store.snapshots.dump()) == sorted_by_kind(a_snapshot())

    @pytest.mark.parametrize("holds", ["a job", "a user"])
    def test_a_store_that_holds_jobs_or_users_is_left_as_it_is(self, store: Store, holds: str) -> None:
        if holds == "a job":
            stored(store, a_job(1))
        else:
            stored_user(store, a_user(1))
        before, epoch = sorted_by_kind(store.snapshots.dump()), store.feed.epoch
        with pytest.raises(NotEmpty):
            store.snapshots.demand_empty()
        with pytest.raises(NotEmpty):
            store.snapshots.load(a_snapshot())
        assert sorted_by_kind(store.snapshots.dump()) == before
        assert store.feed.epoch == epoch

    def test_a_load_that_broke_off_is_done_again_as_if_it_had_never_been(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError):
            store.snapshots.load(_breaking_off(a_snapshot(1_500)))
        store.snapshots.demand_empty()
        store.snapshots.load(a_snapshot(5))
        assert sorted_by_kind(store.snapshots.dump()) == sorted_by_kind(a_snapshot(5))

    def test_a_dump_shows_one_instant_whatever_is_written_meanwhile(self, loaded: Store) -> None:
        before = sorted_by_kind(loaded.snapshots.dump())
        records = loaded.snapshots.dump()
        seen = [next(records)]
        job = loaded.jobs.get(EDITED, SEES_ALL)
        assert job is not None
        stored(loaded, after(job, title="Too late"), job)
        stored(loaded, a_job(4_001))
        stored_user(loaded, a_user(8))
        loaded.ledger.record((audit_facts(99, TECHNICIAN),))
        assert sorted_by_kind([*seen, *records]) == before

    def test_a_dump_that_nobody_wants_to_the_end_is_put_away(self, loaded: Store) -> None:
        records = loaded.snapshots.dump()
        assert next(records) is not None
        records.close()  # type: ignore[attr-defined]  # every store's is a generator
        stored_user(loaded, a_user(8))
        assert any(isinstance(record, User) for record in loaded.snapshots.dump())


def _jobs(records: list[Record]) -> list[Job]:
    return [record.job for record in records if isinstance(record, WholeJob)]


def _breaking_off(records: list[Record]) -> Iterator[Record]:
    """All but the people, and then no more."""
    yield from (each for each in records if not isinstance(each, User | Administrator | Numbering))
    raise ZeroDivisionError


def _commit_last_administrator_leaves(store: Store) -> None:
    administrator = store.users.get(ADMINISTRATOR)
    assert administrator is not None
    assert administrator.created_at >= START
    demoted = after(administrator, role=Role.TECHNICIAN)
    with pytest.raises(GuardRefused):
        store.ledger.commit(user_change(demoted, administrator, seat=Seat(ADMINISTRATOR, joins=False)))

"""The contract of `hosanna_core.ports.Jobs`, its lists apart."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from hosanna_core.model.change import Claim
from hosanna_core.model.documents import body_of
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules.visibility import EVERYTHING, SEES_ALL, Scope, scope_of
from hosanna_core.testing.contracts.base import StoreContract, stored, stored_each
from hosanna_core.testing.samples import a_job, after, crowd, id_of

if TYPE_CHECKING:
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)
EVERY_SCOPE = (
    *(scope_of(Actor(ANN, role)) for role in Role),
    scope_of(Actor(BOB, Role.TECHNICIAN)),
    Scope(EVERYTHING, ANN),
    *(Scope(frozenset({standing}), None) for standing in Standing),
)


class JobsContract(StoreContract):
    """Reading one job, its history, and what is unique about it."""

    def test_a_job_is_shown_to_those_whose_scope_admits_it_and_to_nobody_else(self, store: Store) -> None:
        for job, scope in product(stored_each(store, crowd(60, (ANN, BOB))), EVERY_SCOPE):
            found = store.jobs.get(job.id, scope)
            assert found == (job if scope.admits(job.place) else None), f"{job.place} within {scope}"

    def test_of_many_jobs_those_within_the_scope_are_given_and_no_others(self, store: Store) -> None:
        jobs = stored_each(store, crowd(60, (ANN, BOB)))
        asked, others = jobs[:50], [id_of(7_000), id_of(8_000)]
        for scope in EVERY_SCOPE:
            found = store.jobs.get_many(
                [others[0], *(job.id for job in asked), asked[0].id, others[1]], scope
            )
            assert dict(found) == {job.id: job for job in asked if scope.admits(job.place)}
        assert dict(store.jobs.get_many(others, SEES_ALL)) == {}
        assert dict(store.jobs.get_many([], SEES_ALL)) == {}

    def test_very_many_jobs_may_be_asked_for_at_once(self, store: Store) -> None:
        jobs = stored_each(store, [a_job(number) for number in (1, 1_000, 2_000)])
        found = store.jobs.get_many([id_of(number) for number in range(1, 2_001)], SEES_ALL)
        assert dict(found) == {job.id: job for job in jobs}

    def test_what_does_not_exist_is_none(self, store: Store) -> None:
        stored(store, a_job(1))
        assert store.jobs.get(id_of(2), SEES_ALL) is None
        assert list(store.jobs.history(id_of(2))) == []

    def test_a_job_is_judged_by_where_it_stands_now(self, store: Store) -> None:
        office = scope_of(Actor(ANN, Role.OFFICE_MANAGER))
        tentative = stored(store, a_job(1))
        assert store.jobs.get(tentative.id, office) is None
        confirmed = stored(
            store, after(tentative, status=Status.CONFIRMED, standing=Standing.CONFIRMED), tentative
        )
        assert store.jobs.get(tentative.id, office) == confirmed

    def test_a_job_leaves_the_view_of_the_technician_who_lost_it(self, store: Store) -> None:
        field = {"status": Status.DISPATCHED, "standing": Standing.DISPATCHED}
        job = stored(store, a_job(1, technician_id=ANN, **field))
        moved = stored(store, after(job, technician_id=BOB), job)
        assert store.jobs.get(job.id, scope_of(Actor(ANN, Role.TECHNICIAN))) is None
        assert store.jobs.get(job.id, scope_of(Actor(BOB, Role.TECHNICIAN))) == moved

    def test_the_jobs_that_are_there_are_shown_as_they_are_now(self, store: Store) -> None:
        jobs = stored_each(store, crowd(40, (ANN, BOB)))
        moved = stored(store, after(jobs[3], title="Moved on", standing=Standing.BILLED), jobs[3])
        jobs[3] = moved
        shown = store.jobs.sights([id_of(7_000), *(job.id for job in jobs), id_of(8_000)])
        assert set(shown) == {job.id for job in jobs}
        for job in jobs:
            sight = shown[job.id]
            assert (sight.id, sight.version, sight.place) == (job.id, job.version, job.place)
            assert sight.body == body_of(job)
        assert dict(store.jobs.sights([id_of(7_000)])) == {}
        assert dict(store.jobs.sights([])) == {}

    def test_very_many_jobs_may_be_looked_at_in_one_go(self, store: Store) -> None:
        jobs = stored_each(store, [a_job(number) for number in (1, 1_000, 2_000)])
        shown = store.jobs.sights([id_of(number) for number in range(1, 2_001)])
        assert sorted(shown) == [job.id for job in jobs]

    def test_a_job_that_is_asked_for_twice_is_shown_once(self, store: Store) -> None:
        job = stored(store, a_job(1))
        assert list(store.jobs.sights([job.id, job.id])) == [job.id]

    def test_no_number_is_given_twice(self, store: Store) -> None:
        given = [number for count in (1, 5, 1, 40, 1) for number in store.jobs.claim_numbers(count)]
        assert len(given) == 48
        assert len(set(given)) == 48
        assert min(given) >= 1

    def test_known_references_are_those_of_stored_jobs(self, store: Store) -> None:
        for number in (1, 2):
            ref = f"P-{number}"
            stored(store, a_job(number, external_ref=ref), claims=(Claim("external_ref", ref),))
        assert store.jobs.known_refs(["P-1", "P-2", "P-3", "p-1", ""]) == {"P-1", "P-2"}
        assert store.jobs.known_refs([]) == frozenset()

    def test_very_many_references_may_be_asked_for_at_once(self, store: Store) -> None:
        stored(store, a_job(1, external_ref="P-1"), claims=(Claim("external_ref", "P-1"),))
        assert store.jobs.known_refs([f"P-{number}" for number in range(2_000)]) == {"P-1"}

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_a_customers_jobs_are_found_by_any_of_the_keys_each_once(self, store: Store, limit: int) -> None:
        mail, phone, other = b"mail" * 4, b"phon" * 4, b"othr" * 4
        keys = {5: (mail, phone), 3: (phone,), 1: (mail,), 4: (other,), 2: ()}
        jobs = {n: stored(store, a_job(n, customer_keys=held)) for n, held in keys.items()}
        found: list[Job] = []
        while page := store.jobs.of_customer([mail, phone], found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [jobs[1], jobs[3], jobs[5]]
        assert list(store.jobs.of_customer([b"none" * 4], None, 10)) == []
        assert list(store.jobs.of_customer([], None, 10)) == []

    def test_a_job_is_found_by_the_keys_that_it_carries_now(self, store: Store) -> None:
        before, now = b"befo" * 4, b"now!" * 4
        job = stored(store, a_job(1, customer_keys=(before,)))
        job = stored(store, after(job, customer_keys=(now,)), job)
        assert list(store.jobs.of_customer([before], None, 10)) == []
        assert list(store.jobs.of_customer([before, now], None, 10)) == [job]

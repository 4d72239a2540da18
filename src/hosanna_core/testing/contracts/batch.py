"""The contract of `Ledger.commit_each`."""

from __future__ import annotations

import msgspec

from hosanna_core.errors import StaleCalendar, StaleVersion, Taken
from hosanna_core.model.change import Change, Claim
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.ports import Store
from hosanna_core.rules.history import verify
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract, stored, stored_each
from hosanna_core.testing.contracts.spoiled import a_receipt, full_change
from hosanna_core.testing.reading import snapshot
from hosanna_core.testing.samples import START, a_job, a_user, after, id_of, job_change, user_change


class BatchContract(StoreContract):
    """`Ledger.commit_each`: many changes, each whole or not at all."""

    def test_one_refused_change_does_not_stop_the_others(self, store: Store) -> None:
        stored(store, a_job(2))
        outcomes = store.ledger.commit_each([job_change(a_job(number)) for number in (1, 2, 3)])
        assert [type(outcome) for outcome in outcomes] == [type(None), StaleVersion, type(None)]
        assert [store.jobs.get(id_of(n), SEES_ALL) is not None for n in (1, 2, 3)] == [True, True, True]

    def test_a_refused_change_of_a_batch_leaves_nothing_behind(self, store: Store) -> None:
        store.ledger.commit(full_change(1))
        bad = msgspec.structs.replace(full_change(2), receipt=a_receipt("other"))
        before = snapshot(store, [bad], START)
        (refusal,) = store.ledger.commit_each([bad])
        assert isinstance(refusal, StaleCalendar)
        assert snapshot(store, [bad], START) == before

    def test_a_later_change_of_a_batch_builds_on_an_earlier_one(self, store: Store) -> None:
        first = job_change(a_job(1))
        second = job_change(after(first.root), first.root)
        assert store.ledger.commit_each([first, second, second])[:2] == [None, None]
        assert store.jobs.get(id_of(1), SEES_ALL) == second.root
        verify(second.root, store.jobs.history(id_of(1)))

    def test_two_of_a_batch_cannot_claim_the_same(self, store: Store) -> None:
        claims = (Claim("external_ref", "P-1"),)
        both = [job_change(a_job(number, external_ref="P-1"), claims=claims) for number in (1, 2)]
        outcomes = store.ledger.commit_each(both)
        assert outcomes[0] is None
        assert isinstance(outcomes[1], Taken)
        assert store.jobs.get(id_of(2), SEES_ALL) is None

    def test_users_and_jobs_may_stand_in_one_batch(self, store: Store) -> None:
        changes: list[Change[Job] | Change[User]] = [job_change(a_job(1)), user_change(a_user(2))]
        assert store.ledger.commit_each(changes) == [None, None]
        assert store.users.get(id_of(2)) == a_user(2)

    def test_nothing_to_commit_is_no_trouble(self, store: Store) -> None:
        assert store.ledger.commit_each([]) == []

    def test_a_large_batch_is_stored_whole(self, store: Store) -> None:
        jobs = stored_each(store, [a_job(number) for number in range(1, 301)])
        # The numbers of those that are not, and no comparison of three hundred jobs: where CI is set, pytest tells all
        # of how two lists differ, which is a megabyte that nobody reads.
        assert [job.number for job in jobs if store.jobs.get(job.id, SEES_ALL) != job] == []

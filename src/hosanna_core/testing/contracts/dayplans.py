"""The contract of plans of days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import Replayed, StaleVersion
from hosanna_core.model.dayplan import DayPlan, Omission, Outcome, PlanStatus, WhyNot, summary_of
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, unused
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.samples import START, a_plan, id_of, plan_change

if TYPE_CHECKING:
    from hosanna_core.model.dayplan import PlanSummary
    from hosanna_core.ports import Store

JOBS, TECHNICIANS = 5_000, 200
"""As large as a plan gets."""


def planned(store: Store, plan: DayPlan) -> DayPlan:
    """Commit a plan in the place of the version before; answers it."""
    store.ledger.commit(plan_change(plan))
    return plan


def applied(plan: DayPlan) -> DayPlan:
    """The plan's next version."""
    outcomes = (Outcome(job_id=id_of(1), applied=True), Outcome(job_id=id_of(2), applied=False, code="gone"))
    changed = {"status": PlanStatus.PARTLY_APPLIED, "outcomes": outcomes, "updated_at": START + 9}
    return msgspec.structs.replace(plan, version=plan.version + 1, **changed)


class DayPlansContract(StoreContract):
    """Reading plans."""

    def test_what_was_never_planned_is_none(self, store: Store) -> None:
        planned(store, a_plan(1))
        assert store.dayplans.get(id_of(2)) is None

    def test_a_plan_is_read_as_it_was_committed_last(self, store: Store) -> None:
        plan = planned(store, a_plan(1))
        assert store.dayplans.get(plan.id) == plan
        later = planned(store, applied(plan))
        assert store.dayplans.get(plan.id) == later
        assert list(store.dayplans.page(None, 10)) == [summary_of(later)]

    def test_of_two_who_change_a_plan_the_second_is_refused(self, store: Store) -> None:
        plan = planned(store, a_plan(1))
        first = planned(store, applied(plan))
        with pytest.raises(StaleVersion):
            planned(store, msgspec.structs.replace(applied(plan), status=PlanStatus.APPLIED))
        with pytest.raises(StaleVersion):
            planned(store, a_plan(1, seconds=7))
        assert store.dayplans.get(plan.id) == first

    def test_a_plan_is_made_once_under_a_key(self, store: Store) -> None:
        receipt = a_receipt("a plan")
        store.ledger.commit(plan_change(a_plan(1), receipt=receipt))
        with pytest.raises(Replayed):
            store.ledger.commit(plan_change(a_plan(2), receipt=receipt))
        assert store.dayplans.get(id_of(2)) is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_plans_are_paged_the_newest_first(self, store: Store, limit: int) -> None:
        for number in (3, 1, 7, 5, 2, 6, 4):
            planned(store, a_plan(number))
        found: list[PlanSummary] = []
        while page := store.dayplans.page(found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [summary_of(a_plan(number)) for number in (7, 6, 5, 4, 3, 2, 1)]

    def test_plans_of_days_that_are_long_over_are_swept_a_few_at_once(self, store: Store) -> None:
        dates = ("2026-03-04", "2026-02-28", "2026-03-01", "2025-12-31", "2026-03-03", "2026-03-02")
        for number, date in enumerate(dates, 1):
            planned(store, a_plan(number, date=date))
        planned(store, applied(a_plan(2, date="2026-02-28")))
        assert store.dayplans.sweep("2025-12-31", 10) == 0
        assert [store.dayplans.sweep("2026-03-03", 3) for _ in range(3)] == [3, 1, 0]
        assert [each.date for each in store.dayplans.page(None, 10)] == ["2026-03-03", "2026-03-04"]
        assert store.dayplans.get(id_of(2)) is None

    def test_a_plan_that_leaves_thousands_out_is_kept_whole(self, store: Store) -> None:
        everybody = tuple(range(TECHNICIANS))
        reason = WhyNot(rule="taken", text="They have other visits to make.", technicians=everybody)
        left_out = tuple(Omission(id_of(number), (reason,)) for number in range(JOBS))
        crew = tuple(id_of(10_000 + number) for number in everybody)
        plan = planned(store, a_plan(1, crew=crew, left_out=left_out))
        assert store.dayplans.get(plan.id) == plan

    @shared_store
    @given(plan=strategies.day_plans())
    def test_every_plan_comes_back_as_it_went_in(self, store: Store, plan: DayPlan) -> None:
        fresh = planned(store, msgspec.structs.replace(plan, id=id_of(unused(store))))
        assert store.dayplans.get(fresh.id) == fresh

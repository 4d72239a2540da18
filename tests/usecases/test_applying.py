"""Applying a plan: every assignment by the normal use case, nothing twice, nothing forced."""

import pytest
from tests.usecases.firm import NOBODY, pointers, raising, refused
from tests.usecases.planners import PlanningFirm, site, window

from hosanna_core.errors import Busy, Invalid, NotFound, PlanOutdated
from hosanna_core.model.dayplan import PlanStatus
from hosanna_core.testing.samples import a_plan
from hosanna_core.usecases import jobs


@pytest.fixture
def firm() -> PlanningFirm:
    return PlanningFirm()


def three(firm):
    """A plan of three jobs."""
    for north in (1, 2, 3):
        firm.confirmed(site=site(north))
    return firm.plan()


def outcomes(plan):
    return {each.job_id: each.code or each.applied for each in plan.outcomes}


def test_a_plan_is_applied_by_assigning_every_job_in_its_window(firm):
    plan = firm.apply(three(firm))
    assert plan.status is PlanStatus.APPLIED
    assert set(outcomes(plan).values()) == {True}
    for job_id, (technician_id, stop) in plan.assignments.items():
        job = firm.get(firm.administrator, job_id)
        assert (job.status, job.technician_id, job.window) == ("ASSIGNED", technician_id, stop.window)
        last = jobs.job_history(firm.ports, firm.administrator, job_id, {})[-1]
        assert (last.action, last.actor_id) == ("assign", firm.administrator.id)
    assert firm.ports.store.dayplans.get(plan.id) == plan


def test_applying_again_books_nothing_twice(firm):
    first = firm.apply(three(firm))
    versions = {each: firm.get(firm.administrator, each).version for each in first.assignments}
    again = firm.apply(first)
    assert again.outcomes == first.outcomes
    assert {each: firm.get(firm.administrator, each).version for each in first.assignments} == versions


@pytest.mark.parametrize("booked", [0, 1, 2])
def test_after_a_crash_in_the_middle_it_goes_on_where_it_was(firm, booked):
    plan = three(firm)
    firm.ledger.before = [lambda: None] * booked + [raising(Busy())]
    refused(Busy, firm.apply, plan)
    assert len(firm.booked(firm.technician)) + len(firm.booked(firm.another)) == booked
    assert firm.ports.store.dayplans.get(plan.id).status is PlanStatus.DRAFT
    assert firm.apply(plan).status is PlanStatus.APPLIED
    assert len(firm.booked(firm.technician)) + len(firm.booked(firm.another)) == 3


def test_a_crash_before_the_plan_is_noted_is_made_good(firm):
    plan = three(firm)
    firm.ledger.before = [lambda: None] * 3 + [raising(Busy())]
    refused(Busy, firm.apply, plan)
    assert firm.apply(plan).status is PlanStatus.APPLIED


def test_a_part_is_applied_and_the_rest_later(firm):
    plan = three(firm)
    one, *rest = plan.assignments
    part = firm.apply(plan, job_ids=[one])
    assert (part.status, outcomes(part)) == (PlanStatus.PARTLY_APPLIED, {one: True})
    whole = firm.apply(plan, job_ids=rest)
    assert (whole.status, set(outcomes(whole))) == (PlanStatus.APPLIED, set(plan.assignments))


def test_what_became_impossible_meanwhile_is_told_and_not_forced(firm):
    plan = three(firm)
    first, second, third = plan.assignments
    who, _ = plan.assignments[first]
    technician = next(each for each in (firm.technician, firm.another) if each.id == who)
    blocker = firm.confirmed()
    taken = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T09:01:00Z"}
    firm.do(firm.administrator, blocker, "assign", technician_id=technician.id, window=taken, override=True)
    firm.do(firm.administrator, second, "cancel", reason="The customer has moved.")
    after = firm.apply(plan)
    assert after.status is PlanStatus.PARTLY_APPLIED
    assert outcomes(after) == {first: "double_booking", second: "illegal_transition", third: True}
    assert all(each.reason for each in after.outcomes if not each.applied)
    assert firm.get(firm.administrator, first).status == "CONFIRMED"


def test_who_wants_all_or_nothing_gets_nothing_where_something_is_impossible(firm):
    plan = three(firm)
    gone = next(iter(plan.assignments))
    firm.do(firm.administrator, gone, "cancel", reason="The customer has moved.")
    error = refused(PlanOutdated, firm.apply, plan, accept_partly=False)
    assert [(each.job_id, each.code) for each in error.outcomes] == [(gone, "illegal_transition")]
    assert firm.booked(firm.technician) == firm.booked(firm.another) == []
    rest = [each for each in plan.assignments if each != gone]
    assert set(outcomes(firm.apply(plan, accept_partly=False, job_ids=rest)).values()) == {True}


def test_all_or_nothing_sees_that_two_plans_exclude_each_other(firm):
    job = firm.confirmed(window=window("09:00", "10:00")).id
    crew = [firm.technician.id]
    first = firm.plan(technician_ids=crew)
    other = firm.confirmed(window=window("09:30", "10:30")).id
    second = firm.plan(technician_ids=crew, job_ids=[other])
    firm.apply(first)
    error = refused(PlanOutdated, firm.apply, second, accept_partly=False)
    assert [(each.job_id, each.code) for each in error.outcomes] == [(other, "double_booking")]
    assert firm.booked(firm.technician) == [job]


def test_somebody_who_changed_it_since_is_not_overruled(firm):
    plan = firm.apply(three(firm))
    job_id = next(iter(plan.assignments))
    firm.do(firm.administrator, job_id, "unassign", reason="Bo is ill.")
    assert outcomes(firm.apply(plan))[job_id] == "changed_since"
    assert firm.get(firm.administrator, job_id).status == "CONFIRMED"


def put_elsewhere(firm, job_id):
    later = window("15:00", "16:00")
    firm.do(firm.administrator, job_id, "reschedule", window=later, reason="The customer asked for it.")


def promised_elsewhere(firm, job_id):
    job = firm.get(firm.administrator, job_id)
    firm.patch(firm.administrator, job, {"arrival_window": window("15:00", "17:00")})


@pytest.mark.parametrize("decided", [put_elsewhere, promised_elsewhere])
def test_a_time_that_was_decided_after_the_plan_is_not_overruled(firm, decided):
    plan = three(firm)
    moved, *others = plan.assignments
    decided(firm, moved)
    job = firm.get(firm.administrator, moved)
    error = refused(PlanOutdated, firm.apply, plan, accept_partly=False)
    assert [(each.job_id, each.code) for each in error.outcomes] == [(moved, "changed_since")]
    assert firm.booked(firm.technician) == firm.booked(firm.another) == []
    assert outcomes(firm.apply(plan)) == {moved: "changed_since", **dict.fromkeys(others, True)}
    assert firm.get(firm.administrator, moved) == job


def test_a_time_that_is_decided_while_it_is_applied_is_not_overruled(firm):
    plan = three(firm)
    moved, *others = plan.assignments
    firm.ledger.before = [lambda: put_elsewhere(firm, moved)]
    assert outcomes(firm.apply(plan)) == {moved: "changed_since", **dict.fromkeys(others, True)}
    assert firm.get(firm.administrator, moved).status == "CONFIRMED"


def test_work_that_takes_longer_by_now_is_found_before_anything_is_booked_and_told_in_words(firm):
    plan = three(firm)
    longer, *others = plan.assignments
    firm.patch(firm.administrator, firm.get(firm.administrator, longer), {"duration_minutes": 90})
    error = refused(PlanOutdated, firm.apply, plan, accept_partly=False)
    assert [each.reason for each in error.outcomes] == [
        "window must be at least as long as the work, 90 minutes."
    ]
    assert firm.booked(firm.technician) == firm.booked(firm.another) == []
    after = firm.apply(plan)
    assert outcomes(after) == {longer: "invalid", **dict.fromkeys(others, True)}
    (told,) = [each.reason for each in after.outcomes if not each.applied]
    assert told == "window must be at least as long as the work, 90 minutes."


def test_two_who_apply_at_once_book_once(firm):
    plan = three(firm)

    def meanwhile():
        firm.ledger.always = None
        firm.apply(plan)

    firm.ledger.always = meanwhile
    assert firm.apply(plan).status is PlanStatus.APPLIED
    assert len(firm.booked(firm.technician)) + len(firm.booked(firm.another)) == 3


def test_what_is_no_part_of_the_plan_is_refused_by_name(firm):
    plan = three(firm)
    error = refused(Invalid, firm.apply, plan, job_ids=[next(iter(plan.assignments)), NOBODY])
    assert pointers(error) == ["/job_ids/1"]
    assert firm.booked(firm.technician) == firm.booked(firm.another) == []


def test_a_plan_that_is_none_is_not_found(firm):
    refused(NotFound, firm.apply, a_plan(1))


def test_applying_under_a_key_answers_the_same_again(firm):
    plan = three(firm)
    once = firm.once(firm.administrator, f"apply {plan.id}", "k", {})
    first = firm.apply(plan, once=once)
    assert firm.apply(plan, once=once) == first


def test_what_is_applied_is_a_part_of_the_next_plan(firm):
    applied = firm.apply(three(firm))
    late = firm.confirmed(site=site(2)).id
    plan = firm.plan(based_on=applied.id, date=applied.date)
    booked = {stop.job_id for route in plan.routes for stop in route.stops if stop.booked}
    assert booked == set(applied.assignments)
    assert set(plan.assignments) == {late}
    assert [change.job_id for change in plan.changes] == [late]


def test_who_is_too_far_away_by_now_is_found_before_anything_is_booked(firm):
    near, far = (firm.confirmed(site=site(north)).id for north in (0.5, 9))
    plan = firm.plan(technician_ids=[firm.technician.id])
    firm.available(firm.technician, service_area_km=2)
    error = refused(PlanOutdated, firm.apply, plan, accept_partly=False)
    assert [(each.job_id, each.code) for each in error.outcomes] == [(far, "not_available")]
    assert firm.booked(firm.technician) == []
    assert outcomes(firm.apply(plan)) == {near: True, far: "not_available"}

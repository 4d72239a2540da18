"""Plans of days: what is planned, what is left out and why, and what is weighed."""

import dataclasses

import msgspec
import pytest
from tests.planning.day_checker import faults
from tests.usecases.firm import NOBODY, refused
from tests.usecases.planners import DATE, PlanningFirm, at, reasons, site, spans, window

from hosanna_core.errors import KeyReused, NotFound
from hosanna_core.model.change import Change
from hosanna_core.model.dayplan import PlanStatus
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.instants import to_millis
from hosanna_core.rules.assignment.dayplan.posing import TOO_MANY, TOO_MUCH
from hosanna_core.rules.assignment.dayplan.question import A_MINUTE
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases import planning, users
from hosanna_core.usecases.judging import Unparsed


@pytest.fixture
def firm() -> PlanningFirm:
    return PlanningFirm()


def seconds(here, there):
    return round(100_000 * (abs(here[0] - there[0]) + abs(here[1] - there[1])) / 10)


def sound(firm, plan, asked=None):
    """The plan, after it was judged."""
    store = firm.ports.store
    ids = {stop.job_id for route in plan.routes for stop in route.stops}
    jobs = {each: store.jobs.get(each, SEES_ALL) for each in ids}
    calendars = store.calendars.of(plan.crew)
    assert faults(plan, jobs, calendars, seconds, asked=asked, now=firm.clock.now()) == []
    return plan


def test_a_day_is_planned_with_times_travel_and_nothing_booked(firm):
    near, far = (firm.confirmed(site=site(north)).id for north in (1, 3))
    plan = sound(firm, firm.plan(), [near, far])
    assert plan.status is PlanStatus.DRAFT
    assert plan.left_out == ()
    (route,) = plan.routes
    assert [stop.job_id for stop in route.stops] == [near, far]
    assert spans(plan) == {near: (482, 542), far: (546, 606)}
    assert [stop.travel_seconds for stop in route.stops] == [120, 240]
    assert (route.travel_seconds, route.travel_metres) == (660, 6000)
    assert firm.booked(firm.technician) == firm.booked(firm.another) == []


def test_a_promised_window_is_kept_and_whoever_comes_sooner_waits(firm):
    job = firm.confirmed(site=site(1), arrival_window=window("10:00", "11:00")).id
    plan = sound(firm, firm.plan())
    assert spans(plan) == {job: (600, 660)}
    assert plan.routes[0].leaving == plan.start + 598 * MINUTE


def test_a_job_with_a_window_of_its_own_is_planned_at_that_time(firm):
    job = firm.confirmed(site=site(1), window=window("09:00", "11:30")).id
    assert spans(sound(firm, firm.plan())) == {job: (540, 690)}


def test_nobody_is_planned_through_lunch_time_off_or_what_is_booked(firm):
    firm.available(firm.another, hours={})
    firm.available(firm.technician, time_off=[window("14:00", "17:00")])
    firm.assigned(site=site(2), window=window("08:00", "10:00"))
    jobs = [firm.confirmed(site=site(2)).id for _ in range(2)]
    plan = sound(firm, firm.plan(technician_ids=[firm.technician.id]), jobs)
    assert sorted(spans(plan).values()) == [(480, 600), (600, 660), (660, 720)]
    assert [stop.booked for stop in plan.routes[0].stops] == [True, False, False]


def test_every_job_that_is_asked_for_is_told_of_with_its_reason(firm):
    tentative = firm.create()
    fine = firm.confirmed()
    elsewhen = firm.confirmed(window=window("09:00", "10:00", "2026-03-03"))
    promised = firm.confirmed(arrival_window=window("09:00", "10:00", "2026-03-01"))
    rare = firm.confirmed(required_skills=["high voltage"])
    long = firm.confirmed(duration_minutes=400)
    billed = firm.billed()
    asked = [job.id for job in (tentative, fine, elsewhen, promised, rare, long, billed)]
    plan = sound(firm, firm.plan(date=DATE, job_ids=asked), asked)
    assert reasons(plan) == {
        tentative.id: {"status"},
        elsewhen.id: {"another_day"},
        promised.id: {"another_day"},
        rare.id: {"skills"},
        long.id: {"too_long"},
        billed.id: {"status"},
    }
    told = {left.job_id: left.reasons[0].text for left in plan.left_out}
    assert told[rare.id] == "On 2026-03-02 the technician does not hold: high voltage."
    assert told[long.id] == "It takes 400 minutes, and they work 240 at most without a break on that day."
    assert set(spans(plan)) == {fine.id}


def test_a_skill_counts_until_the_day_on_which_it_expires(firm):
    job = firm.confirmed(required_skills=["Gas"]).id
    firm.available(firm.technician, skills=[{"name": "gas", "expires_on": "2026-03-01"}])
    firm.available(firm.another, skills=[{"name": "gas", "expires_on": DATE}])
    assert firm.routes(sound(firm, firm.plan())) == {firm.another.id: [job]}


def test_a_technician_who_is_not_active_is_planned_for_only_with_that_reason(firm):
    users.set_active(firm.ports, firm.administrator, firm.another.id, body=Unparsed.of({}), active=False)
    job = firm.confirmed().id
    assert firm.plan().crew == (firm.technician.id,)
    plan = sound(firm, firm.plan(technician_ids=[firm.another.id]), [job])
    assert reasons(plan) == {job: {"active"}}


@pytest.mark.parametrize(
    ("day", "said"),
    [("2026-03-07", "They do not work on 2026-03-07."), (DATE, f"They do not work any more on {DATE}.")],
    ids=["a Saturday", "in the evening"],
)
def test_it_is_said_on_which_day_nobody_works(firm, day, said):
    """It was said that they do not work at all."""
    job = firm.confirmed().id
    firm.clock.step(to_millis(at("18:00")) - firm.clock.now())
    plan = sound(firm, firm.plan(date=day), [job])
    assert [reason.text for left in plan.left_out for reason in left.reasons] == [said]


def test_the_daily_maximum_counts_what_is_booked(firm):
    firm.available(firm.technician, daily_maximum=2)
    firm.assigned(window=window("08:00", "09:00"))
    jobs = [firm.confirmed().id for _ in range(3)]
    plan = sound(firm, firm.plan(technician_ids=[firm.technician.id]), jobs)
    assert len(plan.left_out) == 2
    assert len(plan.assignments) == 1


def test_a_promise_is_broken_only_where_the_job_would_be_left_out_else(firm):
    crew = [firm.technician.id]
    first = firm.confirmed(priority="HIGH", arrival_window=window("08:00", "08:30"), duration_minutes=90)
    second = firm.confirmed(arrival_window=window("08:00", "08:30"))
    plan = sound(firm, firm.plan(technician_ids=crew), [first.id, second.id])
    late = {stop.job_id: stop.minutes_late for route in plan.routes for stop in route.stops}
    assert late == {first.id: 0, second.id: 60}
    assert plan.costs.promises == 240


def test_more_is_left_out_of_what_is_less_urgent(firm):
    jobs = {
        priority: firm.confirmed(priority=priority, window=window("09:00", "10:00")).id
        for priority in ("LOW", "EMERGENCY", "NORMAL", "HIGH")
    }
    plan = sound(firm, firm.plan(), jobs.values())
    assert set(spans(plan)) == {jobs["EMERGENCY"], jobs["HIGH"]}
    assert all(reasons(plan)[jobs[each]] == {"displaces"} for each in ("NORMAL", "LOW"))
    assert {reason.instead for left in plan.left_out for reason in left.reasons} <= {
        (jobs["EMERGENCY"],),
        (jobs["HIGH"],),
    }


def test_who_worked_less_in_two_weeks_goes(firm):
    for day in ("2026-02-26", "2026-02-27"):
        firm.assigned(window=window("08:00", "12:00", day))
    assert list(firm.routes(sound(firm, firm.plan(job_ids=[firm.confirmed().id], date=DATE)))) == [
        firm.another.id
    ]


def test_who_knows_the_customer_goes(firm):
    firm.do(firm.another, firm.do(firm.another, firm.dispatched(firm.another), "start"), "complete")
    job = firm.confirmed().id
    assert firm.routes(sound(firm, firm.plan())) == {firm.another.id: [job]}


def test_a_pin_holds_whom_and_when_and_the_rest_is_planned_around_it(firm):
    one, two = firm.confirmed(site=site(1)).id, firm.confirmed(site=site(1)).id
    plan = sound(
        firm, firm.plan(pins=[{"job_id": one, "technician_id": firm.another.id, "start": at("15:00")}])
    )
    assert spans(plan)[one] == (900, 960)
    assert one in firm.routes(plan)[firm.another.id]
    assert two in spans(plan)
    assert {stop.job_id for route in plan.routes for stop in route.stops if stop.pinned} == {one}


def test_a_pin_to_who_cannot_take_it_is_left_out_with_the_reason(firm):
    job = firm.confirmed(required_skills=["gas"]).id
    firm.available(firm.technician, skills=[{"name": "gas"}])
    plan = sound(firm, firm.plan(pins=[{"job_id": job, "technician_id": firm.another.id}]), [job])
    assert reasons(plan) == {job: {"pinned", "skills"}}


def test_planning_again_keeps_who_goes_and_says_what_changed(firm):
    one, two = firm.confirmed(site=site(1)).id, firm.confirmed(site=site(2)).id
    first = firm.plan()
    (who,) = firm.routes(first)
    pinned = next(each.id for each in (firm.technician, firm.another) if each.id != who)
    late = firm.confirmed(site=site(1)).id
    second = sound(
        firm,
        firm.plan(based_on=first.id, date=DATE, pins=[{"job_id": one, "technician_id": pinned}]),
        [one, two, late],
    )
    assert second.based_on == first.id
    told = {change.job_id: change for change in second.changes}
    assert (told[one].was.technician_id, told[one].now.technician_id) == (who, pinned)
    assert told[late].was is None
    assert told[late].now is not None


def test_a_plan_that_goes_on_from_another_asks_for_the_same_day_crew_and_jobs(firm):
    jobs = [firm.confirmed().id for _ in range(2)]
    first = firm.plan(job_ids=jobs, technician_ids=[firm.another.id], date="2026-03-04")
    firm.confirmed()
    second = firm.plan(based_on=first.id)
    assert (second.date, second.crew) == ("2026-03-04", (firm.another.id,))
    assert set(spans(second)) == set(jobs)
    assert second.changes == ()


def test_without_a_date_it_is_the_first_day_that_a_job_names_else_tomorrow(firm):
    plain = firm.confirmed().id
    named = firm.confirmed(window=window("09:00", "10:00", "2026-03-05")).id
    plan = firm.plan(job_ids=[plain, named])
    assert plan.date == "2026-03-05"
    assert "day" in {each.kind for each in plan.assumptions}
    tomorrow = (firm.clock.now() // 86_400_000 + 1) * 86_400_000
    assert firm.plan(job_ids=[plain]).start == tomorrow


def test_what_was_assumed_is_said(firm):
    job = firm.confirmed(site={"street": "1 Main St"}).id
    firm.confirmed(site=site(1))
    firm.available(firm.another, home=None, hours={})
    plan = sound(firm, firm.plan())
    told = {each.kind: each for each in plan.assumptions}
    assert told["no_coordinates"].job_ids == (job,)
    assert [plan.crew[n] for n in told["no_home"].technicians] == [firm.another.id]
    assert [plan.crew[n] for n in told["no_hours"].technicians] == [firm.another.id]


def test_a_day_that_has_begun_goes_on_from_now(firm):
    passed = firm.confirmed(window=window("09:00", "10:00")).id
    job = firm.confirmed(arrival_window=window("13:00", "14:00")).id
    firm.clock.step(to_millis(at("14:20")) + 1 - firm.clock.now())
    plan = sound(firm, firm.plan(), [passed, job])
    assert reasons(plan) == {passed: {"past"}}
    ((start, _),) = spans(plan).values()
    assert start >= 14 * 60 + 21
    assert plan.routes[0].stops[0].minutes_late == start - 14 * 60


@pytest.mark.parametrize(("most", "why"), [(2, TOO_MANY), (20, TOO_MUCH)])
def test_more_jobs_than_one_plan_tries_are_no_more_work_than_the_crew_has_time_for(
    firm, monkeypatch, most, why
):
    for name, count in {"ALWAYS_TRIED": 1, "MOST_TRIED": most, "ENOUGH": 0.5}.items():
        monkeypatch.setattr(f"hosanna_core.rules.assignment.dayplan.posing.{name}", count)
    jobs = [firm.confirmed(site=site(1), duration_minutes=120).id for _ in range(8)]
    plan = firm.plan(job_ids=jobs, date=DATE)
    assert len(plan.assignments) == min(most, 4)
    assert {each.text for left in plan.left_out for each in left.reasons} == {why}


def test_jobs_of_no_day_beyond_the_number_of_a_plan_are_named(firm, monkeypatch):
    monkeypatch.setattr("hosanna_core.usecases.plan_gathering.MOST_OF_ANY_DAY", 2)
    low = firm.confirmed(priority="LOW").id
    others = [firm.confirmed(priority="EMERGENCY").id for _ in range(2)]
    fixed = firm.confirmed(window=window("09:00", "10:00")).id
    plan = sound(firm, firm.plan(), [low, fixed, *others])
    assert plan.not_considered == (low,)
    assert plan.not_considered_count == 1
    assert set(spans(plan)) == {fixed, *others}


def test_a_crew_beyond_the_number_of_a_plan_is_said_not_to_be_whole(firm, monkeypatch):
    def told():
        plan = firm.plan(date=DATE)
        return len(plan.crew), [each.text for each in plan.assumptions if each.kind == "larger_crew"]

    firm.confirmed()
    assert told() == (2, [])
    monkeypatch.setattr("hosanna_core.usecases.plan_gathering.MOST_TECHNICIANS", 1)
    assert told() == (
        1,
        ["There are more technicians than one plan is made for: it is for the 1 oldest accounts."],
    )


def test_a_plan_is_made_once_under_a_key(firm):
    firm.confirmed()
    once = firm.once(firm.administrator, "POST /plans", "k", {"date": DATE})
    plan = firm.plan(once=once)
    assert firm.plan(once=once) == plan
    other = firm.once(firm.administrator, "POST /plans", "k", {"date": "2026-03-03"})
    refused(KeyReused, firm.plan, once=other)
    assert len(planning.list_plans(firm.ports, firm.administrator, {})[0]) == 1


def test_plans_are_listed_and_read(firm):
    firm.confirmed()
    plans = [firm.plan() for _ in range(3)]
    first, cursor = planning.list_plans(firm.ports, firm.administrator, {"limit": ["2"]})
    second, end = planning.list_plans(firm.ports, firm.administrator, {"limit": ["2"], "cursor": [cursor]})
    assert [each.id for each in (*first, *second)] == [plan.id for plan in reversed(plans)]
    assert end is None
    assert planning.get_plan(firm.ports, firm.administrator, plans[0].id, {}) == plans[0]
    refused(NotFound, planning.get_plan, firm.ports, firm.administrator, NOBODY, {})


def test_a_plan_of_a_planner_that_breaks_a_hard_rule_is_not_believed(firm):
    rare = firm.confirmed(required_skills=["gas"]).id
    plain = firm.ports.planners["built-in"]

    class Careless:
        def plan(self, problem, seconds, **more):
            visits = tuple(msgspec.structs.replace(visit, members=None) for visit in problem.visits)
            return plain.plan(msgspec.structs.replace(problem, visits=visits), seconds, **more)

    firm.ports = dataclasses.replace(firm.ports, planners={"built-in": Careless()})
    plan = firm.plan()
    assert reasons(plan) == {rare: {"skills"}}
    assert plan.routes == ()


def test_what_is_pinned_goes_before_what_is_not_also_in_a_day_that_is_full(firm):
    crew = [firm.technician.id]
    for _ in range(8):
        firm.confirmed(priority="EMERGENCY")
    full = firm.plan(technician_ids=crew)
    assert len(full.assignments) == 8
    late = firm.confirmed(priority="LOW").id
    pins = [{"job_id": late, "technician_id": firm.technician.id, "start": at("09:30")}]
    plan = sound(firm, firm.plan(based_on=full.id, pins=pins))
    assert spans(plan)[late] == (570, 630)


class Restless:
    """Turns every round round, and remembers what it was asked."""

    def __init__(self, plain):
        self.plain = plain
        self.asked = []

    def plan(self, problem, seconds, **more):
        self.asked.append(problem)
        found = self.plain.plan(problem, seconds, **more)
        return plan_of(problem, {route.member: route.steps[::-1] for route in found.routes})


def test_planning_again_moves_nobodys_hours_where_nothing_is_gained(firm):
    for _ in range(4):
        firm.confirmed(site=site(1))
    first = firm.plan()
    restless = Restless(firm.ports.planners["built-in"])
    firm.ports = dataclasses.replace(firm.ports, planners={"built-in": restless})
    assert sound(firm, firm.plan(based_on=first.id)).changes == ()


def test_planning_again_keeps_the_better_of_two_orders(firm):
    near, far = firm.confirmed(site=site(1)).id, firm.confirmed(site=site(2, 3)).id
    middle = firm.confirmed(site=site(2, 1)).id
    plan, crew = firm.plan(), [firm.technician.id]
    first = firm.plan(job_ids=[near, middle, far], technician_ids=crew, date=DATE)
    best = sum(route.work_seconds for route in first.routes)
    worse = tuple(
        msgspec.structs.replace(route, stops=(route.stops[1], route.stops[0], route.stops[2]))
        for route in first.routes
    )
    before = msgspec.structs.replace(first, id=plan.id, version=plan.version + 1, routes=worse)
    firm.ports.store.ledger.commit(Change(root=before, expected=plan.version))
    again = firm.plan(based_on=before.id, date=DATE, job_ids=[near, middle, far], technician_ids=crew)
    assert sum(route.work_seconds for route in again.routes) == best


def test_what_was_planned_is_worth_more_than_what_was_not(firm):
    planned = firm.confirmed(site=site(1)).id
    first = firm.plan()
    new = firm.confirmed(site=site(1)).id
    restless = Restless(firm.ports.planners["built-in"])
    firm.ports = dataclasses.replace(firm.ports, planners={"built-in": restless})
    firm.plan(based_on=first.id, date=DATE)
    (problem,) = restless.asked
    worth = [visit.penalty for visit in problem.visits]
    assert planned < new, "jobs are asked about in the order of their ids"
    assert worth[0] - worth[1] == A_MINUTE * firm.ports.store.firms.get().costs.stability

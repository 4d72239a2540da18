"""Rounds in time: leaving late, breaks, booked visits, several slots; what a plan costs, and what it leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.planning.problems import members, problems

from hosanna_core.model.planning import (
    RESTOCK,
    Booked,
    Member,
    Pin,
    Problem,
    Restock,
    Slot,
    Span,
    Visit,
    Weights,
    booked_step,
)
from hosanna_core.rules.assignment.omissions import TEXTS, Explaining
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.assignment.routes import Rounds, objective
from hosanna_core.rules.assignment.workclock import WorkClock, clock_of

ROAD = [[abs(a - b) for b in range(31)] for a in range(31)]
DAY = (Span(0, 100),)
BREAK = (Span(0, 40), Span(50, 100))


def a_member(**parts):
    return Member(**{"start": 0, "end": 0, "shifts": DAY, **parts})


def a_visit(place, *slots, **parts):
    return Visit(**{"place": place, "duration": 10, "slots": tuple(Slot(*slot) for slot in slots), **parts})


def rounds(member, *visits, **parts):
    crew = member if isinstance(member, tuple) else (member,)
    return Rounds(
        Problem(**{"times": ROAD, "crew": crew, "visits": visits, "weights": Weights(work=1), **parts})
    )


def times(route):
    return route.leaving, [(stop.arrival, stop.start) for stop in route.stops], route.back


def test_whoever_has_time_leaves_as_late_as_they_can():
    route = rounds(a_member(), a_visit(5, (30, 40)), a_visit(10, (50, 60))).timed(0, (0, 1))
    assert times(route) == (30, [(35, 35), (50, 50)], 70)
    assert (route.work, route.travel, route.distance) == (40, 20, 20)


def test_nothing_is_put_off_that_need_not_be():
    route = rounds(a_member(), a_visit(5), a_visit(10)).timed(0, (0, 1))
    assert times(route) == (0, [(5, 5), (20, 20)], 40)


def test_one_who_is_too_late_for_a_slot_has_no_round():
    asked = rounds(a_member(), a_visit(5, (0, 20)), a_visit(10, (0, 19)))
    assert asked.timed(0, (0, 1)) is None
    assert asked.broken(0, (0, 1)) == ("time",)
    assert asked.broken(0, (1, 0)) == ("time",)


@pytest.mark.parametrize(("last", "there_is_time"), [(70, True), (69, False)])
def test_whoever_works_until_then_is_back_by_then(last, there_is_time):
    asked = rounds(a_member(shifts=(Span(0, last),)), a_visit(30))
    assert (asked.timed(0, (0,)) is not None) == there_is_time
    assert asked.reaches(0, 0) == there_is_time


def test_of_several_slots_the_one_with_the_least_waiting_is_taken():
    visits = a_visit(1, (0, 1), (49, 50)), a_visit(1, (60, 60))
    route = rounds(a_member(), *visits).timed(0, (0, 1))
    assert [stop.start for stop in route.stops] == [50, 60]
    assert route.work == 22


def test_a_service_does_not_reach_into_a_break_and_a_leg_is_driven_on_after_it():
    asked = rounds(a_member(shifts=BREAK), a_visit(5, (31, 60)), a_visit(0, (25, 25)))
    assert times(asked.timed(0, (1, 0)))[1] == [(25, 25), (40, 50)]
    assert times(rounds(a_member(shifts=BREAK), a_visit(0, (30, 30)), a_visit(5)).timed(0, (0, 1)))[1][1] == (
        55,
        55,
    )
    assert times(asked.timed(0, (0,))) == (35, [(40, 50)], 65)
    assert asked.timed(0, (0,)).work == 20


def test_a_service_may_end_where_a_break_begins():
    assert times(rounds(a_member(shifts=BREAK), a_visit(5, (30, 60))).timed(0, (0,))) == (25, [(30, 30)], 55)


def test_what_is_booked_is_kept_though_it_can_not_be_reached():
    member = a_member(booked=(Booked(30, 10, 5), Booked(0, 12, 5), Booked(20, 110, 10)))
    asked = rounds(member)
    assert asked.booked(0) == (-2, -3, -4)
    route = asked.timed(0, asked.booked(0))
    assert [(stop.arrival, stop.start) for stop in route.stops] == [(10, 10), (12, 12), (37, 110)]
    assert (route.leaving, route.back) == (-20, 140)


def test_what_is_planned_between_booked_visits_is_judged():
    member = a_member(booked=(Booked(0, 0, 10), Booked(0, 40, 10)))
    asked = rounds(member, a_visit(9), a_visit(11))
    assert asked.broken(0, (-2, 0, -3)) == ()
    assert asked.broken(0, (-2, 1, -3)) == ("time",)
    assert asked.broken(0, (-3, -2)) == ("booked",)
    assert asked.broken(0, (0,)) == ("booked",)


def test_a_pin_of_a_time_is_the_only_time():
    route = rounds(a_member(), a_visit(5, (30, 40), pin=Pin(0, 35))).timed(0, (0,))
    assert route.stops[0].start == 35
    assert rounds(a_member(), a_visit(5, (30, 40), pin=Pin(0, 45))).timed(0, (0,)) is None


def test_who_does_not_work_has_no_round():
    asked = rounds(a_member(shifts=()), a_visit(0))
    assert asked.clocks == (None,)
    assert asked.timed(0, (0,)) is None
    assert not asked.reaches(0, 0)


RULES = {
    "pinned": ({}, {"pin": Pin(1)}),
    "eligible": ({}, {"members": frozenset({1})}),
    "skills": ({"skills": frozenset({"a"})}, {"skills": frozenset({"a", "b"})}),
    "stock": ({"tools": frozenset({"a"})}, {"tools": frozenset({"b"})}),
    "capacity": ({"capacity": 1}, {"demand": 2}),
    "most": ({"most": 0}, {}),
}


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_named_when_it_is_broken(rule):
    member, visit = RULES[rule]
    asked = rounds((a_member(**member), a_member()), a_visit(1, **visit))
    assert asked.broken(0, (0,)) == (rule,)
    problem = asked.problem
    with pytest.raises(ValueError, match=rule):
        plan_of(problem, {0: (0,)})


def test_parts_are_counted_until_the_stop_to_restock():
    visit = a_visit(1, parts={"fuse": 1})
    asked = rounds(a_member(parts={"fuse": 1}), visit, visit, visit, restock=Restock(place=2))
    assert asked.broken(0, (0,)) == ()
    assert asked.broken(0, (0, 1)) == ("stock",)
    assert asked.broken(0, (0, RESTOCK, 1, 2)) == ()
    assert asked.broken(0, (0, RESTOCK, 1, RESTOCK, 2)) == ("stock",)


def test_a_place_to_restock_at_may_be_closed():
    depot = Restock(place=2, duration=3, slots=(Slot(20, 30),))
    asked = rounds(a_member(), a_visit(5, tools=frozenset({"saw"})), restock=depot)
    assert times(asked.timed(0, (RESTOCK, 0))) == (18, [(20, 20), (26, 26)], 41)


def test_a_round_to_restock_needs_a_place_for_it():
    with pytest.raises(ValueError, match="no place to restock"):
        rounds(a_member(), a_visit(5)).timed(0, (RESTOCK, 0))


def test_a_plan_costs_what_its_parts_weigh():
    crew = (a_member(used=5, work=2), a_member())
    visits = a_visit(5, soft={0: 7, 1: -7}), a_visit(1, penalty=9), a_visit(1)
    distances = [[2 * way for way in row] for row in ROAD]
    weights = Weights(distance=1, travel=10, work=100, crew=1000)
    problem = Problem(times=ROAD, distances=distances, crew=crew, visits=visits, weights=weights)
    route = Rounds(problem).timed(0, (0,))
    costs = objective(problem, [route], [1, 2])
    assert costs.rank == (1, 9 + 20 + 100 + 102 * 20 + 1005 + 7)
    assert (costs.penalties, costs.distance, costs.travel) == (9, 20, 100)
    assert (costs.work, costs.crew, costs.soft) == (2040, 1005, 7)


def test_no_visit_is_made_twice():
    problem = rounds((a_member(), a_member()), a_visit(1)).problem
    with pytest.raises(ValueError, match="two orders"):
        plan_of(problem, {0: (0,), 1: (0,)})


def test_everybody_is_named_under_the_first_rule_that_keeps_them():
    crew = (
        a_member(),
        a_member(skills=frozenset({"gas"}), shifts=()),
        a_member(skills=frozenset({"gas"}), shifts=(Span(0, 20),)),
        a_member(skills=frozenset({"gas"}), shifts=(Span(0, 30),)),
    )
    visits = a_visit(6, skills=frozenset({"gas"}), penalty=30), a_visit(10, penalty=50)
    problem = rounds(crew, *visits).problem
    plan = plan_of(problem, {3: (1,)})
    (left,) = plan.left_out
    assert [(reason.rule, reason.members, reason.lacking) for reason in left.reasons] == [
        ("skills", (0,), ("gas",)),
        ("no_shift", (1,), ()),
        ("window", (2,), ()),
        ("displaces", (3,), ()),
    ]
    assert (left.reasons[-1].instead, left.reasons[-1].cost) == ((1,), 22 - 30 + 50 - 30)
    assert "gas" in left.reasons[0].text


def test_what_is_cheaper_to_leave_out_says_what_it_would_cost():
    plan = plan_of(rounds(a_member(), a_visit(6, penalty=3)).problem, {})
    ((reason,),) = [left.reasons for left in plan.left_out]
    assert (reason.rule, reason.cost) == ("dear", 22)


def test_once_it_is_enough_the_reasons_are_brief():
    visits = a_visit(6, penalty=3), a_visit(6, skills=frozenset({"gas"})), a_visit(9)
    problem = rounds((a_member(), a_member()), *visits).problem
    plan = plan_of(problem, {1: (2,)}, enough=lambda: True)
    assert [[(reason.rule, reason.members) for reason in left.reasons] for left in plan.left_out] == [
        [("taken", (1,)), ("dear", (0,))],
        [("skills", (0, 1))],
    ]


def test_every_rule_that_can_be_told_has_its_text():
    assert set(RULES) <= set(TEXTS)
    assert Explaining(Rounds(rounds((), a_visit(1)).problem), ()).left_out(0).reasons[0].rule == "no_crew"


@given(members(3), st.integers(-20, 140))
def test_a_clock_of_work_goes_on_in_the_shifts_and_stands_in_the_breaks(member, at):
    clock = clock_of(member)
    if clock is None:
        assert not member.booked
        assert all(span.start >= span.end for span in member.shifts)
        return
    step = clock.reading(at + 1) - clock.reading(at)
    in_a_break = any(a.end <= at < b.start for a, b in zip(clock.spans, clock.spans[1:], strict=False))
    assert step == (0 if in_a_break else 1)
    assert clock.instant(clock.reading(at)) <= at <= clock.instant(clock.reading(at), late=True)


@given(problems(most_visits=1, most_crew=1, booked=False))
def test_no_time_to_leave_means_less_work_than_the_one_that_is_taken(problem):
    asked = Rounds(problem)
    if not problem.crew or not problem.visits:
        return
    route = asked.timed(0, (0,))
    clock, visit, member = asked.clocks[0], problem.visits[0], problem.crew[0]
    there, back = problem.times[member.start][visit.place], problem.times[visit.place][member.end]
    tried = []
    for leaving in range(clock.opens, clock.closes + 1) if clock is not None else ():
        for first, last, _ in asked.beginnings(0, 0):
            start = max(first, leaving + there)
            if start <= last and start + visit.duration + back <= clock.closes:
                tried.append(start + visit.duration + back - leaving)
    assert (None if route is None else route.work) == min(tried, default=None)


def test_a_clock_reads_the_same_all_through_a_break():
    clock = WorkClock((Span(0, 10), Span(20, 30)))
    assert {clock.reading(at) for at in range(10, 21)} == {10}
    assert booked_step(3) == -5


@given(problems(most_visits=1, most_crew=1))
def test_who_reaches_a_visit_beside_what_they_have_booked_has_time_for_such_a_round(problem):
    asked = Rounds(problem)
    if problem.crew and problem.visits:
        booked = asked.booked(0)
        tried = ((*booked[:at], 0, *booked[at:]) for at in range(len(booked) + 1))
        assert asked.reaches(0, 0) == any(asked.timed(0, steps) is not None for steps in tried)


def test_what_a_long_round_would_have_to_give_up_is_not_looked_for_without_end():
    class Counted(Rounds):
        steps = 0

        def timed(self, member, steps):
            self.steps += len(steps)
            return super().timed(member, steps)

    many = 60
    visits = [a_visit(1, duration=1, penalty=50) for _ in range(many + 1)]
    counted = Counted(rounds(a_member(shifts=(Span(0, many + 2),)), *visits).problem)
    route = counted.timed(0, tuple(range(many)))
    (reason,) = Explaining(counted, [route]).left_out(many).reasons
    assert (reason.rule, len(reason.instead), reason.cost) == ("displaces", 1, 0)
    assert counted.steps < many**3 / 5

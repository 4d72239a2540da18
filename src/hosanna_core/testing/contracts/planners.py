"""The contract of `hosanna_core.ports.Planner`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
import pytest

from hosanna_core.model.planning import (
    RESTOCK,
    Booked,
    Member,
    Pin,
    Plan,
    Problem,
    Restock,
    Slot,
    Span,
    Visit,
    Weights,
)
from hosanna_core.rules.assignment.routes import Rounds, objective

if TYPE_CHECKING:
    from hosanna_core.ports import Planner

DAY: Final = Span(0, 100)
ROAD: Final = tuple(tuple(abs(a - b) for b in range(61)) for a in range(61))
"""Places in a row, a unit of time apart."""
TRAVEL: Final = Weights(travel=1)


def a_member(at: int = 0, **parts: Any) -> Member:
    """Somebody who begins and ends the day at a place of the road."""
    return Member(**{"start": at, "end": at, "shifts": (DAY,), **parts})


def a_visit(place: int, **parts: Any) -> Visit:
    """Ten units of work at a place of the road."""
    return Visit(**{"place": place, "duration": 10, **parts})


def a_problem(crew: tuple[Member, ...], *visits: Visit, **parts: Any) -> Problem:
    """On the road, by travel alone unless told otherwise."""
    return Problem(**{"times": ROAD, "crew": crew, "visits": visits, "weights": TRAVEL, **parts})


def demand_sound(problem: Problem, plan: Plan) -> None:
    """Assert that a plan breaks no hard rule, tells of every visit once, and costs what it says."""
    rounds = Rounds(problem)
    for route in plan.routes:
        assert rounds.broken(route.member, route.steps) == ()
        assert route == rounds.timed(route.member, route.steps)
    members = [route.member for route in plan.routes]
    assert len(members) == len(set(members))
    assert {number for number, member in enumerate(problem.crew) if member.booked} <= set(members)
    out = [left.visit for left in plan.left_out]
    served = [step for route in plan.routes for step in route.steps if step >= 0]
    assert sorted(served + out) == list(range(len(problem.visits)))
    assert plan.objective == objective(problem, plan.routes, out)
    for left in plan.left_out:
        named = sorted(member for reason in left.reasons for member in reason.members)
        assert left.reasons
        assert named == list(range(len(problem.crew)))


def steps_of(plan: Plan) -> dict[int, tuple[int, ...]]:
    """Who does what in which order."""
    return {route.member: route.steps for route in plan.routes}


def reasons_of(plan: Plan) -> dict[int, set[str]]:
    """The rules that keep each visit out."""
    return {left.visit: {reason.rule for reason in left.reasons} for left in plan.left_out}


class PlannerContract:
    """Override `planner`; *seconds* is what it is given for problems of a handful of visits."""

    seconds: ClassVar[float] = 0.2

    @pytest.fixture
    def planner(self) -> Planner:
        """The planner under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'planner'")

    def plan(self, planner: Planner, problem: Problem, **more: Any) -> Plan:
        """A plan that was looked at: it is sound."""
        plan = planner.plan(problem, self.seconds, **more)
        demand_sound(problem, plan)
        return plan

    @pytest.mark.parametrize("crew", [(), (a_member(),)], ids=["nobody", "somebody"])
    def test_no_visits_are_a_plan_without_routes(self, planner: Planner, crew: tuple[Member, ...]) -> None:
        assert self.plan(planner, a_problem(crew)).routes == ()

    def test_visits_are_made_in_the_order_that_costs_least(self, planner: Planner) -> None:
        visits = [a_visit(place, slots=(Slot(0, 90),)) for place in (3, 1, 2)]
        problem = a_problem((a_member(0, end=4),), *visits, weights=Weights(travel=1, work=1))
        plan = self.plan(planner, problem)
        assert steps_of(plan) == {0: (1, 2, 0)}
        assert (plan.objective.travel, plan.objective.work) == (4, 34)

    def test_everybody_takes_what_is_near(self, planner: Planner) -> None:
        problem = a_problem((a_member(0), a_member(60)), a_visit(5), a_visit(57), a_visit(2), a_visit(55))
        plan = self.plan(planner, problem)
        assert {member: set(steps) for member, steps in steps_of(plan).items()} == {0: {0, 2}, 1: {1, 3}}

    def test_a_service_begins_within_a_slot_and_whoever_comes_sooner_waits(self, planner: Planner) -> None:
        visit = a_visit(5, slots=(Slot(1, 3), Slot(40, 45)))
        (route,) = self.plan(planner, a_problem((a_member(0),), visit)).routes
        assert (route.leaving, route.stops[0].start, route.back) == (35, 40, 55)

    def test_nothing_is_served_in_a_break_nor_after_hours(self, planner: Planner) -> None:
        member = a_member(shifts=(Span(0, 25), Span(30, 60)))
        visits = [a_visit(1), a_visit(1), a_visit(1), a_visit(1), a_visit(1), a_visit(1)]
        plan = self.plan(planner, a_problem((member,), *visits))
        assert len(plan.left_out) == 2
        assert all(rules <= {"full", "displaces"} for rules in reasons_of(plan).values())

    def test_a_skill_that_is_wanted_is_held(self, planner: Planner) -> None:
        crew = (a_member(1), a_member(20, skills=frozenset({"gas"})))
        plan = self.plan(planner, a_problem(crew, a_visit(1, skills=frozenset({"gas"}))))
        assert steps_of(plan) == {1: (0,)}

    def test_a_visit_that_nobody_can_make_is_left_out_with_the_rule(self, planner: Planner) -> None:
        crew = (a_member(0, most=2), a_member(0, shifts=()))
        plan = self.plan(
            planner,
            a_problem(
                crew,
                a_visit(1, skills=frozenset({"gas"})),
                a_visit(1, members=frozenset()),
                a_visit(60, slots=(Slot(0, 59),)),
                a_visit(1, pin=Pin(1)),
                a_visit(2, duration=200),
                a_visit(3),
            ),
        )
        assert steps_of(plan) == {0: (5,)}
        assert reasons_of(plan) == {
            0: {"skills"},
            1: {"eligible"},
            2: {"window", "no_shift"},
            3: {"pinned", "no_shift"},
            4: {"window", "no_shift"},
        }

    def test_with_nobody_to_plan_for_every_visit_says_so(self, planner: Planner) -> None:
        assert reasons_of(self.plan(planner, a_problem((), a_visit(1)))) == {0: {"no_crew"}}

    def test_a_visit_is_left_out_where_it_costs_more_than_it_is_worth(self, planner: Planner) -> None:
        plan = self.plan(planner, a_problem((a_member(0),), a_visit(30, penalty=39), a_visit(10, penalty=21)))
        assert steps_of(plan) == {0: (1,)}
        (left,) = plan.left_out
        assert [(reason.rule, reason.cost) for reason in left.reasons] == [("dear", 40)]
        assert plan.objective.total == 59

    def test_of_two_that_exclude_each_other_the_dearer_one_is_made(self, planner: Planner) -> None:
        both = (Slot(20, 20),)
        visits = (a_visit(1, slots=both, penalty=40), a_visit(1, slots=both, penalty=50))
        plan = self.plan(planner, a_problem((a_member(0),), *visits))
        assert steps_of(plan) == {0: (1,)}
        (left,) = plan.left_out
        assert [(reason.rule, reason.instead, reason.cost) for reason in left.reasons] == [
            ("displaces", (1,), 10)
        ]

    def test_a_visit_without_a_penalty_displaces_any_that_has_one(self, planner: Planner) -> None:
        both = (Slot(20, 20),)
        visits = (a_visit(1, slots=both, penalty=10_000), a_visit(1, slots=both))
        assert steps_of(self.plan(planner, a_problem((a_member(0),), *visits))) == {0: (1,)}

    def test_what_is_booked_stays_and_the_rest_is_planned_around_it(self, planner: Planner) -> None:
        member = a_member(0, booked=(Booked(10, 40, 10), Booked(50, 45, 10)), shifts=(DAY,))
        plan = self.plan(planner, a_problem((member,), a_visit(5), a_visit(6, slots=(Slot(41, 44),))))
        assert steps_of(plan) == {0: (0, -2, -3)}
        assert [(stop.start, stop.end) for stop in plan.routes[0].stops[1:]] == [(40, 50), (45, 55)]

    def test_a_pin_holds_whom_and_when(self, planner: Planner) -> None:
        crew = (a_member(0), a_member(60))
        problem = a_problem(crew, a_visit(50, pin=Pin(1, 70)), a_visit(52, pin=Pin(0)))
        plan = self.plan(planner, msgspec.structs.replace(problem, weights=Weights(work=1)))
        assert [(route.member, stop.start) for route in plan.routes for stop in route.stops] == [(1, 70)]
        assert reasons_of(plan) == {1: {"window", "pinned"}}

    def test_loads_and_numbers_of_visits_are_kept(self, planner: Planner) -> None:
        crew = (a_member(0, capacity=2), a_member(0, most=1))
        plan = self.plan(planner, a_problem(crew, *[a_visit(1, demand=1) for _ in range(4)]))
        assert sorted(len(steps) for steps in steps_of(plan).values()) == [1, 2]
        assert len(plan.left_out) == 1

    def test_tools_and_parts_are_there_after_one_stop_before_they_are_needed(self, planner: Planner) -> None:
        member = a_member(0, parts={"fuse": 1}, tools=frozenset({"saw"}))
        visits = (
            a_visit(3, parts={"fuse": 1}, tools=frozenset({"saw"})),
            a_visit(6, parts={"fuse": 1}),
            a_visit(9, tools=frozenset({"drill"})),
        )
        plan = self.plan(planner, a_problem((member,), *visits, restock=Restock(place=5)))
        assert plan.left_out == ()
        (steps,) = steps_of(plan).values()
        assert steps.count(RESTOCK) == 1
        assert plan.objective.travel == 18

    def test_parts_are_fetched_before_they_run_out(self, planner: Planner) -> None:
        member = a_member(0, parts={"fuse": 3})
        visits = [a_visit(place, parts={"fuse": 2}) for place in (3, 6)]
        plan = self.plan(planner, a_problem((member,), *visits, restock=Restock(place=8, duration=1)))
        assert [step for step in plan.routes[0].steps if step < 0] == [RESTOCK]
        assert plan.objective.travel == 16

    def test_without_a_place_to_restock_at_what_is_not_carried_cannot_be_done(self, planner: Planner) -> None:
        plan = self.plan(planner, a_problem((a_member(0),), a_visit(1, tools=frozenset({"saw"}))))
        (left,) = plan.left_out
        assert [(reason.rule, reason.lacking) for reason in left.reasons] == [("stock", ("saw",))]

    def test_soft_costs_decide_between_those_who_are_alike(self, planner: Planner) -> None:
        crew = tuple(a_member(0) for _ in range(3))
        plan = self.plan(planner, a_problem(crew, a_visit(5, soft={0: 3, 1: 1, 2: 2})))
        assert steps_of(plan) == {1: (0,)}

    def test_nobody_is_sent_out_for_what_another_does_on_the_way(self, planner: Planner) -> None:
        crew = (a_member(0), a_member(20))
        problem = a_problem(crew, a_visit(9), a_visit(12), weights=Weights(travel=1, crew=50))
        assert len(self.plan(planner, problem).routes) == 1

    def test_a_plan_to_begin_with_is_never_made_worse(self, planner: Planner) -> None:
        crew = (a_member(0), a_member(60))
        problem = a_problem(crew, *[a_visit(place) for place in (2, 58, 30, 31, 4, 55)])
        first = self.plan(planner, problem, seed=1)
        again = self.plan(planner, problem, seed=2, start=first)
        assert again.objective.rank <= first.objective.rank

    def test_a_plan_of_another_problem_does_no_harm(self, planner: Planner) -> None:
        first = self.plan(planner, a_problem((a_member(0), a_member(9)), *[a_visit(n) for n in range(1, 9)]))
        smaller = a_problem(
            (a_member(0, skills=frozenset()),), a_visit(1, skills=frozenset({"gas"})), a_visit(2)
        )
        assert steps_of(self.plan(planner, smaller, start=first)) == {0: (1,)}

    def test_times_may_lie_before_the_beginning_of_time(self, planner: Planner) -> None:
        crew = (a_member(0, shifts=(Span(-200, -100),)),)
        plan = self.plan(planner, a_problem(crew, a_visit(3, slots=(Slot(-150, -140),))))
        assert steps_of(plan) == {0: (0,)}

    def test_it_takes_the_time_that_it_is_given_and_tells_how_far_it_is(self, planner: Planner) -> None:
        crew = tuple(a_member(place, shifts=(Span(0, 400),)) for place in (0, 20, 40))
        visits = [a_visit(place, duration=3, penalty=100) for place in range(0, 60, 3)]
        problem = msgspec.structs.replace(a_problem(crew, *visits), weights=Weights(travel=1, work=1))
        told: list[float] = []
        began = time.perf_counter()
        plan = planner.plan(problem, 1.0, progress=told.append)
        assert time.perf_counter() - began < 3.0  # a busy machine; in its own time it is a fifth more at most
        demand_sound(problem, plan)
        assert told == sorted(told)
        assert told
        assert all(0 <= share <= 1 for share in told)

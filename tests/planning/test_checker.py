"""The checker that judges plans: it finds whatever is spoiled in a sound one."""

import msgspec
import pytest
from tests.planning.checker import faults

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
)
from hosanna_core.rules.assignment.plans import plan_of

ROAD = [[abs(a - b) for b in range(31)] for a in range(31)]
PROBLEM = Problem(
    times=ROAD,
    crew=(
        Member(
            start=0,
            end=0,
            shifts=(Span(0, 50), Span(60, 100)),
            skills=frozenset({"gas"}),
            parts={"fuse": 1},
            capacity=5,
            most=4,
            booked=(Booked(8, 70, 5),),
        ),
        Member(start=30, end=30, shifts=(Span(0, 100),)),
    ),
    visits=(
        Visit(
            place=5,
            duration=10,
            slots=(Slot(10, 20),),
            skills=frozenset({"gas"}),
            parts={"fuse": 1},
            demand=2,
        ),
        Visit(place=10, duration=5, parts={"fuse": 1}, demand=3, pin=Pin(0)),
        Visit(place=25, duration=5, members=frozenset({1}), soft={1: 4}),
        Visit(place=20, duration=5, skills=frozenset({"none"}), penalty=7),
    ),
    weights=Weights(distance=1, travel=2, work=3, crew=4),
    restock=Restock(place=7, duration=2),
)
PLAN = plan_of(PROBLEM, {0: (0, RESTOCK, 1, -2), 1: (2,)})
replace = msgspec.structs.replace


def spoiled(member=0, stop=None, **parts):
    """The plan with something else in one route, or in one of its stops."""
    routes = list(PLAN.routes)
    if stop is None:
        routes[member] = replace(routes[member], **parts)
    else:
        stops = list(routes[member].stops)
        stops[stop] = replace(stops[stop], **parts)
        routes[member] = replace(routes[member], stops=tuple(stops))
    return replace(PLAN, routes=tuple(routes))


def test_a_sound_plan_has_no_fault():
    assert faults(PROBLEM, PLAN) == []


first = PLAN.routes[0].stops


@pytest.mark.parametrize(
    "plan",
    [
        spoiled(leaving=PLAN.routes[0].leaving + 1),
        spoiled(leaving=-5),
        spoiled(back=PLAN.routes[0].back - 1),
        spoiled(work=1),
        spoiled(travel=1),
        spoiled(distance=1),
        spoiled(stops=first[:-1]),
        spoiled(stops=(first[0], *first[2:])),
        spoiled(stops=(first[0], first[2], first[1], first[3])),
        spoiled(stops=()),
        spoiled(stop=0, start=first[0].start + 20, end=first[0].end + 20),
        spoiled(stop=0, end=first[0].end - 1),
        spoiled(stop=0, place=6),
        spoiled(stop=1, place=6),
        spoiled(stop=2, arrival=first[2].arrival - 1),
        spoiled(stop=3, start=71, end=76),
        spoiled(1, 0, step=3),
        spoiled(1, 0, step=9),
        replace(PLAN, left_out=()),
        replace(PLAN, left_out=(replace(PLAN.left_out[0], reasons=()),)),
        replace(PLAN, left_out=(*PLAN.left_out, replace(PLAN.left_out[0], visit=0))),
        replace(PLAN, routes=PLAN.routes[1:]),
        replace(PLAN, routes=(*PLAN.routes, PLAN.routes[1])),
        *(
            replace(PLAN, objective=replace(PLAN.objective, **{part: 1}))
            for part in ("missing", "penalties", "distance", "travel", "work", "crew", "soft")
        ),
    ],
)
def test_whatever_is_spoiled_is_found(plan):
    assert faults(PROBLEM, plan)


def crew(**parts):
    return replace(PROBLEM, crew=(replace(PROBLEM.crew[0], **parts), PROBLEM.crew[1]))


def visit(number, **parts):
    visits = list(PROBLEM.visits)
    visits[number] = replace(visits[number], **parts)
    return replace(PROBLEM, visits=tuple(visits))


@pytest.mark.parametrize(
    "problem",
    [
        crew(skills=frozenset()),
        crew(parts={}),
        crew(capacity=4),
        crew(most=2),
        crew(shifts=(Span(0, 20), Span(60, 100))),
        crew(shifts=(Span(20, 50), Span(60, 100))),
        crew(booked=()),
        visit(0, tools=frozenset({"saw"})),
        visit(0, slots=(Slot(10, first[0].start - 1),)),
        visit(1, members=frozenset({1})),
        visit(1, pin=Pin(0, 90)),
        replace(PROBLEM, restock=None),
        replace(PROBLEM, restock=Restock(place=7, duration=2, slots=(Slot(90, 99),))),
    ],
)
def test_a_plan_of_another_problem_does_not_pass(problem):
    assert faults(problem, PLAN)

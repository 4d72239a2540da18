"""The planner over PyVRP: its contract, and what it makes of problems small enough to try everything."""

import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from tests.planning.checker import faults
from tests.planning.enumerated import best_rank
from tests.planning.problems import problems
from tests.planning.towns import scattered

pytest.importorskip("pyvrp")

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_adapters.pyvrp.planner import PyvrpPlanner
from hosanna_adapters.pyvrp.translation import Translation, helps
from hosanna_core.model.planning import Restock
from hosanna_core.rules.assignment.routes import Rounds


@given(problems(most_visits=9, most_crew=3))
def test_no_plan_breaks_a_hard_rule_whatever_is_asked(problem):
    plan = PyvrpPlanner(iterations=15).plan(problem, 30)
    assert faults(problem, plan) == []


# Always the same problems: that is what it is worth on them, not a promise for whatever may be thought of.
@settings(derandomize=True)
@given(problems(most_visits=4))
def test_of_a_tiny_problem_it_serves_as_much_as_can_be_and_nearly_as_cheaply(problem):
    plan = PyvrpPlanner(iterations=150).plan(problem, 30)
    missing, total = best_rank(problem)
    assert plan.objective.missing == missing
    assert plan.objective.total <= total + max(6, abs(total) // 10)


def test_a_plan_means_and_costs_the_same_in_its_words():
    problem = scattered(40, 5)
    plan = InsertionPlanner(iterations=30).plan(problem, 60)
    translation = Translation(Rounds(problem), complete=not plan.objective.missing)
    solution = translation.solution(plan)
    assert solution.is_feasible()
    assert solution.distance_cost() == plan.objective.travel
    assert solution.duration_cost() == plan.objective.work
    assert translation.orders(solution) == {route.member: list(route.steps) for route in plan.routes}


def test_it_is_never_worse_than_the_planner_that_it_begins_with():
    problem = scattered(40, 5)
    plans = [kind(iterations=60).plan(problem, 60) for kind in (PyvrpPlanner, InsertionPlanner)]
    assert faults(problem, plans[0]) == []
    assert plans[0].objective.rank <= plans[1].objective.rank


def test_the_same_seed_and_number_of_rounds_give_the_same_plan():
    problem = scattered(30, 4)
    plans = [PyvrpPlanner(iterations=40).plan(problem, 60, seed=seed) for seed in (1, 1)]
    assert plans[0] == plans[1]


def test_it_is_asked_only_where_it_helps():
    problem = scattered(20, 3)
    assert helps(Rounds(problem))
    own_hours = replace(problem.crew[0], shifts=problem.crew[0].shifts[:1])
    tooled = replace(problem.visits[0], tools=frozenset({"saw"}))
    for other in (
        replace(problem, visits=()),
        replace(problem, crew=()),
        replace(problem, crew=(own_hours, *problem.crew[1:])),
        replace(problem, visits=(tooled,), restock=Restock(place=0)),
        scattered(1_000, 20),
    ):
        assert not helps(Rounds(other))

"""The planner over PyVRP: its contract, and what it makes of problems small enough to try everything."""

import pytest
from hypothesis import given, settings
from tests.planning.checker import faults
from tests.planning.enumerated import best_rank
from tests.planning.problems import problems

pytest.importorskip("pyvrp")

from hosanna_adapters.pyvrp.planner import PyvrpPlanner


@settings(max_examples=100)
@given(problems(most_visits=9, most_crew=3))
def test_no_plan_breaks_a_hard_rule_whatever_is_asked(problem):
    plan = PyvrpPlanner(iterations=30).plan(problem, 30)
    assert faults(problem, plan) == []


@given(problems(most_visits=4))
def test_of_a_tiny_problem_it_serves_as_much_as_can_be_and_nearly_as_cheaply(problem):
    plan = PyvrpPlanner(iterations=150).plan(problem, 30)
    missing, total = best_rank(problem)
    assert plan.objective.missing == missing
    assert plan.objective.total <= total + max(6, abs(total) // 10)

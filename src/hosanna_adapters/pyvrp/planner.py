"""The planner over PyVRP: the built-in one begins and ends, and its answer stands where PyVRP finds no better one."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Final

from pyvrp import IteratedLocalSearchParams, SolveParams, solve

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_adapters.insertion.pace import Pace, enough
from hosanna_adapters.pyvrp.translation import Translation, helps
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.assignment.routes import Rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyvrp.stop import StoppingCriterion

    from hosanna_core.model.planning import Plan, Problem, Step
    from hosanna_core.ports.planners import Progress

BEGIN: Final = 0.25
"""The share of the time after which PyVRP takes over from the built-in planner."""
EXPLAIN: Final = 0.9
"""The share at which PyVRP stops where visits are left out: that is explained in the rest."""
DONE: Final = 0.97
"""The share at which it stops where none is."""
HURRY: Final = SolveParams(ils=IteratedLocalSearchParams(history_length=100, num_iters_no_improvement=2_000))
"""Seconds are few: PyVRP settles sooner than it would by itself, and goes back to the best sooner where it is stuck."""


class PyvrpPlanner:
    """The built-in planner where PyVRP does not help (`helps`).

    With *iterations* both make so many rounds, if the time suffices for them, and the same seed gives the same plan.
    """

    def __init__(self, iterations: int | None = None) -> None:
        self._iterations = iterations
        self._built_in = InsertionPlanner(iterations)

    def plan(
        self,
        problem: Problem,
        seconds: float,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        start: Plan | None = None,
    ) -> Plan:
        began = time.perf_counter()
        rounds = Rounds(problem)
        if not helps(rounds):
            return self._built_in.plan(problem, seconds, seed=seed, progress=progress, start=start)
        first = self._built_in.plan(problem, BEGIN * seconds, seed=seed, start=start)
        until = began + (EXPLAIN if first.left_out else DONE) * seconds
        orders = self._solved(rounds, first, _stop(Pace(until, self._iterations, progress)), seed)
        if orders is None:
            return first
        return self._better(rounds, first, orders, began + seconds, seed)

    def _better(
        self, rounds: Rounds, first: Plan, orders: Mapping[int, Sequence[Step]], end: float, seed: int
    ) -> Plan:
        """The better of the first plan and of these orders, repaired where they break a rule."""
        problem = rounds.problem
        sound = {member: steps for member, steps in orders.items() if not rounds.broken(member, steps)}
        second = plan_of(problem, sound, rounds=rounds, enough=lambda: True)
        if len(sound) < len(orders):
            left = max(end - time.perf_counter(), 0.0)
            second = self._built_in.plan(problem, left, seed=seed, start=second)
            return min(first, second, key=lambda plan: plan.objective.rank)
        if first.objective.rank <= second.objective.rank:
            return first
        return plan_of(problem, sound, rounds=rounds, enough=enough(end, timed=self._iterations is None))

    def _solved(
        self, rounds: Rounds, first: Plan, stop: StoppingCriterion, seed: int
    ) -> dict[int, list[Step]] | None:
        translation = Translation(rounds, complete=not first.objective.missing)
        with warnings.catch_warnings():
            # It warns of penalties that grow where a problem has no solution: whether it has one is judged here.
            warnings.simplefilter("ignore")
            found = solve(
                translation.data,
                stop,
                seed=seed,
                collect_stats=False,
                params=HURRY,
                initial_solution=translation.solution(first),
            )
        return translation.orders(found.best) if found.is_feasible() else None


def _stop(pace: Pace) -> StoppingCriterion:
    """Says when it is over, and tells how far it is."""
    rounds = 0

    def stop(best_cost: int) -> bool:
        nonlocal rounds
        del best_cost
        rounds += 1
        return pace.share(rounds - 1) >= 1

    return stop

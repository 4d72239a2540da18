"""A planner without any search: each visit goes where it costs least at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.planning import RESTOCK
from hosanna_core.rules.assignment.plans import plan_of
from hosanna_core.rules.assignment.routes import Rounds, objective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.planning import Plan, Problem, Step
    from hosanna_core.ports.planners import Progress

    Orders = dict[int, tuple[Step, ...]]


class PlainPlanner:
    """Greedy, and the same for the same problem; made for a few dozen visits.

    What must be made goes first, then what is dearest to leave out; afterwards each visit is tried once more elsewhere.
    """

    def plan(
        self,
        problem: Problem,
        seconds: float,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        start: Plan | None = None,
    ) -> Plan:
        """The plan."""
        del seconds, seed
        greedy = _Greedy(Rounds(problem))
        first = greedy.taken_over(start) if start is not None else {}
        greedy.fill(first)
        second: Orders = {}
        greedy.fill(second)
        greedy.improve(first)
        greedy.improve(second)
        if progress is not None:
            progress(1.0)
        plans = [plan_of(problem, orders, rounds=greedy.rounds) for orders in (first, second)]
        return min(plans, key=lambda plan: plan.objective.rank)


class _Greedy:
    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds
        self._problem = rounds.problem

    def taken_over(self, start: Plan) -> Orders:
        """The routes of another plan, as far as they may be made."""
        orders: Orders = {}
        served: set[int] = set()
        for route in start.routes:
            steps = tuple(step for step in route.steps if 0 <= step < len(self._problem.visits))
            known = 0 <= route.member < len(self._problem.crew) and route.member not in orders
            if not known or served & set(steps):
                continue
            foreign = len(steps) < sum(step >= 0 for step in route.steps)
            if not foreign and not self.rounds.broken(route.member, route.steps):
                orders[route.member] = route.steps
                served |= set(steps)
        return orders

    def fill(self, orders: Orders) -> None:
        """Put in whatever fits and pays, until nothing more does; what must be made may push others out."""
        visits = self._problem.visits
        served = {step for steps in orders.values() for step in steps}
        waiting = [number for number in range(len(visits)) if number not in served]
        waiting.sort(key=lambda number: (visits[number].penalty is not None, -(visits[number].penalty or 0)))
        for number in waiting:
            self._insert(orders, number)

    def improve(self, orders: Orders) -> None:
        """Take each visit out and put it where it costs least, as long as that helps."""
        better = True
        while better:
            before = self._rank(orders)
            for number in range(len(self._problem.visits)):
                tried = dict(orders)
                self._remove(tried, number)
                self._insert(tried, number)
                if self._rank(tried) < self._rank(orders):
                    orders.clear()
                    orders.update(tried)
            self.fill(orders)
            better = self._rank(orders) < before

    def _remove(self, orders: Orders, number: int) -> None:
        for member, steps in list(orders.items()):
            if number in steps:
                left = tuple(step for step in steps if step != number)
                without = tuple(step for step in left if step != RESTOCK)
                orders[member] = left if not self.rounds.broken(member, left) else without
                if not orders[member]:
                    del orders[member]

    def _insert(self, orders: Orders, number: int) -> None:
        penalty = self._problem.visits[number].penalty
        found = min(self._ways(orders, number), default=None)
        if found is not None and (penalty is None or found[0] < penalty):
            orders[found[1]] = found[2]

    def _ways(self, orders: Orders, number: int) -> Iterator[tuple[int, int, tuple[Step, ...]]]:
        for member in range(len(self._problem.crew)):
            steps = orders.get(member) or self.rounds.booked(member)
            now = self._cost(member, steps)
            for tried in self._with(number, steps):
                if not self.rounds.broken(member, tried):
                    yield self._cost(member, tried) - now, member, tried

    def _with(self, number: int, steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        for at in range(len(steps) + 1):
            placed = (*steps[:at], number, *steps[at:])
            yield placed
            if self._problem.restock is not None and RESTOCK not in steps:
                for stop in range(len(placed)):
                    yield (*placed[:stop], RESTOCK, *placed[stop:])

    def _cost(self, member: int, steps: tuple[Step, ...]) -> int:
        route = self.rounds.timed(member, steps) if steps else None
        return 0 if route is None else objective(self._problem, [route], ()).total

    def _rank(self, orders: Orders) -> tuple[int, int]:
        served = {step for steps in orders.values() for step in steps}
        missing = [visit for number, visit in enumerate(self._problem.visits) if number not in served]
        cost = sum(visit.penalty or 0 for visit in missing)
        return (
            sum(visit.penalty is None for visit in missing),
            cost + sum(self._cost(member, steps) for member, steps in orders.items()),
        )

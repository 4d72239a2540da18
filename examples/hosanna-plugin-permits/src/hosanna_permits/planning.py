"""Asking a planner twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.ports import Planner
    from hosanna_core.ports.planners import Progress


class SecondOpinion:
    """Gives the planner within half of the time, twice, and takes the better plan."""

    def __init__(self, within: Planner) -> None:
        self._within = within

    def plan(
        self,
        problem: Problem,
        seconds: float,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        start: Plan | None = None,
    ) -> Plan:
        """The better of two plans."""
        first = self._within.plan(problem, seconds / 2, seed=seed, start=start)
        second = self._within.plan(problem, seconds / 2, seed=seed + 1, start=first, progress=progress)
        return min(first, second, key=lambda plan: plan.objective.rank)

"""The built-in planner: no dependency, an answer at once, and a better one for as long as it may go on."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.construct import construct, insert_what_fits, take_over
from hosanna_adapters.insertion.ground import Ground
from hosanna_adapters.insertion.search import Search
from hosanna_adapters.insertion.state import State
from hosanna_core.rules.assignment.plans import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.ports.planners import Progress

EXPLAINED: Final = 40
"""For so many of the visits left out it is looked for what they would displace."""
REASON_COSTS: Final = 6e-6
"""Seconds that it takes to say why one member does not take one visit: kept back for the end."""
KEPT_BACK: Final = 0.3
"""The most of the time that is kept back for that."""
TOLD_EVERY: Final = 0.1
"""Seconds between two reports of progress."""


class InsertionPlanner:
    """Regret insertion, then ruin and recreate with simulated annealing.

    With *iterations* it makes so many rounds, if the time suffices for them, and the same seed gives the same plan.
    """

    def __init__(self, iterations: int | None = None) -> None:
        self._iterations = iterations

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
        state = State(Ground(problem))
        until = began + seconds - min(_kept_back(state), KEPT_BACK * seconds)
        if start is not None:
            take_over(state, start)
        construct(state, lambda: time.perf_counter() >= until)
        search = Search(state, Random(seed))  # noqa: S311  # chance, not secrets
        search.run(self._share(search, began, until, progress))
        insert_what_fits(state)
        return plan_of(
            problem, state.orders(), rounds=state.ground.rounds, enough=self._enough(began + seconds)
        )

    def _share(
        self, search: Search, began: float, until: float, progress: Progress | None
    ) -> Callable[[], float]:
        """Which share of what may be used up is used up; tells *progress* on the way."""
        told = began
        iterations = self._iterations
        begin = time.perf_counter()

        def share() -> float:
            nonlocal told
            now = time.perf_counter()
            over = (now - begin) / max(until - begin, 1e-9)
            if iterations is not None:
                over = search.rounds / iterations if iterations and over < 1 else 1.0
            if progress is not None and now >= told + TOLD_EVERY:
                told = now
                progress(min(over, 1.0))
            return over

        return share

    def _enough(self, until: float) -> Callable[[], bool]:
        """Whether the reasons are to be brief from here on."""
        explained = 0

        def enough() -> bool:
            nonlocal explained
            explained += 1
            late = self._iterations is None and time.perf_counter() >= until
            return explained > EXPLAINED or late

        return enough


def _kept_back(state: State) -> float:
    ground = state.ground
    return REASON_COSTS * ground.visits * len(ground.problem.crew)

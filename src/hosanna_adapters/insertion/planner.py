"""The built-in planner: no dependency, an answer at once, and a better one for as long as it may go on."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.construct import construct, insert_what_fits, send_out, take_over
from hosanna_adapters.insertion.ground import Ground
from hosanna_adapters.insertion.pace import Pace, enough
from hosanna_adapters.insertion.search import Search
from hosanna_adapters.insertion.state import State
from hosanna_core.rules.assignment.plans import plan_of

if TYPE_CHECKING:
    from hosanna_core.model.planning import Plan, Problem
    from hosanna_core.ports.planners import Progress

REASON_COSTS: Final = 12e-6
"""Seconds of CPU that it may take to say why one member does not take one visit: kept back for the end."""
SLOWEST: Final = 6.0
"""So many times as long it takes at most where the machine is busy with others."""
KEPT_BACK: Final = 0.3
"""The most of the time that is kept back for that."""
LOOKING: Final = 0.1
"""The most of the time in which it is looked for what the visits left out would displace."""
LOOKING_COSTS: Final = 0.02
"""Seconds that this may take for one of them."""


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
        began, busy = time.perf_counter(), time.process_time()
        state = State(Ground(problem))
        if start is not None:
            take_over(state, start)

        def half_is_over() -> bool:
            return time.perf_counter() >= began + seconds / 2

        construct(state, half_is_over)
        send_out(state, half_is_over)
        slowness = (time.perf_counter() - began) / max(time.process_time() - busy, 1e-3)
        brief_from = began + seconds - min(_kept_back(state, slowness), KEPT_BACK * seconds)
        until = brief_from - min(LOOKING * seconds, LOOKING_COSTS * len(state.absent))
        search = Search(state, Random(seed))  # noqa: S311  # chance, not secrets
        pace = Pace(until, self._iterations, progress)
        search.run(lambda: pace.share(search.rounds))
        insert_what_fits(state, lambda: time.perf_counter() >= brief_from)
        patience = enough(brief_from, timed=self._iterations is None)
        return plan_of(problem, state.orders(), rounds=state.ground.rounds, enough=patience)


def _kept_back(state: State, slowness: float) -> float:
    """Seconds for the reasons, by the pace at which the machine has let us work so far."""
    pairs = len(state.absent) * len(state.ground.problem.crew)
    return REASON_COSTS * pairs * min(max(slowness, 1.0), SLOWEST)

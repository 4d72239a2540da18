"""Plans of days in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.dayplan import summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.dayplan import DayPlan, PlanSummary
    from hosanna_core.model.ids import Id


class MemoryDayPlans:
    """The plans of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, plan_id: Id) -> DayPlan | None:
        return self._state.dayplans.get(plan_id)

    def page(self, after: Id | None, limit: int) -> Sequence[PlanSummary]:
        with self._state.lock:
            plans = self._state.dayplans
            newest_first = sorted((each for each in plans if after is None or each < after), reverse=True)
            return [summary_of(plans[each]) for each in newest_first[:limit]]

    def sweep(self, before: str, limit: int) -> int:
        with self._state.lock:
            plans = self._state.dayplans
            doomed = [each.id for each in plans.values() if each.date < before][:limit]
            for plan_id in doomed:
                del plans[plan_id]
            return len(doomed)

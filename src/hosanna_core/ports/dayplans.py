"""Reading plans of days; they are written by `Ledger.commit` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.dayplan import DayPlan, PlanSummary
    from hosanna_core.model.ids import Id


class DayPlans(Protocol):
    """The stored plans."""

    def get(self, plan_id: Id) -> DayPlan | None:
        """The plan as it was committed last, None if there is none."""

    def page(self, after: Id | None, limit: int) -> Sequence[PlanSummary]:
        """At most *limit* plans as `summary_of` gives them, newest first (by id, descending), those below *after*.

        A plan may be a few megabytes: what a list does not show is not read.
        """

    def sweep(self, before: str, limit: int) -> int:
        """Forget at most *limit* plans of days (YYYY-MM-DD, each where its plan is made) before that one; how many."""

"""Planning a day: many visits, a crew, and one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.planning import Plan, Problem

    Progress = Callable[[float], None]
    """Told now and then which share of the time is over, from 0 to 1."""


class Planner(Protocol):
    """Looks for a plan with a small `Objective.rank`; what a plan means is `rules/assignment/routes.py`.

    Safe from any thread, but busy for as long as it is told: call it where nobody waits for the thread.
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
        """The best plan that was found in about *seconds* (a fifth more at most, where a second is asked for or more).

        A hard rule is never broken, whatever the problem: members without shifts, slots that have passed,
        booked visits that overlap, skills that nobody has. Nothing is raised for a problem without a solution:
        a visit that cannot be served is left out, with its reasons. A visit without a penalty that fits into
        the plan as it stands is never left out. Every booked visit is in its member's route, whether or not it
        could be reached.

        *start* is a plan to begin with, perhaps of another problem: what it says is kept where it still may be
        and pays, and the answer is never worse than it, if it is sound. Whether the same seed gives the same
        plan depends on the time that the machine gave; with a number of iterations, where the planner can be
        given one, it does.
        """

"""What a plan says beside its routes: what it costs, what was assumed, and what changed since the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.dayplan import Assumption, PlanCosts, Shift, Spot
from hosanna_core.model.travel import point_of
from hosanna_core.rules.assignment.dayplan.crew import ALWAYS, OFFICE
from hosanna_core.rules.assignment.dayplan.question import A_MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from hosanna_core.model.dayplan import DayPlan, PlannedRoute
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.planning import Plan
    from hosanna_core.rules.assignment.dayplan.posing import Posed
    from hosanna_core.rules.assignment.dayplan.reading import Answer


def costs_of(posed: Posed, plan: Plan, answer: Answer) -> PlanCosts:
    """What a plan costs, in minutes of a technician's time."""
    costs, found = posed.question.firm.costs, plan.objective
    priorities = {job.id: job.priority for job in posed.question.jobs}
    late = sum(stop.minutes_late > 0 for route in answer.routes for stop in route.stops)
    return PlanCosts(
        travel=round(found.travel / A_MINUTE),
        work=round(found.work / A_MINUTE),
        crew=round(found.crew / A_MINUTE),
        preferences=round(found.soft / A_MINUTE),
        promises=late * costs.promise,
        left_out=sum(costs.left_out.get(priorities[left.job_id], 0) for left in answer.left_out),
    )


def assumptions(posed: Posed) -> Iterator[Assumption]:
    """What had to be taken for granted."""
    question = posed.question
    lost = tuple(job.id for job in posed.jobs if point_of(job.site) is None)
    if lost:
        yield Assumption(
            kind="no_coordinates",
            text="These jobs have no coordinates: they are taken to lie in the middle of the others.",
            job_ids=lost,
        )
    # fmt: off
    for kind, text, technicians in (
        ("no_home", "They have no home: their day begins at the first visit and ends at the last.",
         [n for n, mate in enumerate(posed.crew) if mate.calendar.availability.home is None]),
        (OFFICE, "They have set no hours: those of the office are taken.",
         [n for n, mate in enumerate(posed.crew) if mate.hours == OFFICE]),
        (ALWAYS, "They have set no hours, nor has the office: they are taken to work all day long.",
         [n for n, mate in enumerate(posed.crew) if mate.hours == ALWAYS]),
    ):
        # fmt: on
        if technicians:
            yield Assumption(kind=kind, text=text, technicians=tuple(technicians))
    if question.now >= question.day.end:
        yield Assumption(kind="past_day", text="This day is over: the plan is for looking back.")
    elif question.earliest > question.day.start:
        yield Assumption(kind="begun", text="The day has begun: nothing is planned before now.")


def changes(
    before: DayPlan, crew: Sequence[str], routes: Sequence[PlannedRoute], job_ids: Set[JobId]
) -> Iterator[Shift]:
    """What moved since the plan before: who goes or when; what came in, and what fell out."""
    was = {job_id: Spot(who, stop.start) for job_id, (who, stop) in before.assignments.items()}
    now: Mapping[JobId, Spot] = {
        stop.job_id: Spot(crew[route.technician], stop.start) for route in routes for stop in route.stops
    }
    for job_id in sorted({*was, *(now.keys() & job_ids)}):
        if was.get(job_id) != now.get(job_id):
            yield Shift(job_id, was.get(job_id), now.get(job_id))

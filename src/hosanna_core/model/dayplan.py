"""A plan of a day as it is kept: who goes where and when, what is left out, and what was assumed.

It names jobs and people by their ids alone, so that nothing of it is to be erased; who shows it looks the names up.
Technicians are positions in the plan's *crew*: a reason may name hundreds of them for thousands of jobs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hosanna_core.model.ids import Id, JobId, Millis, UserId, Version
from hosanna_core.model.schedule import Window

BUILT_IN: Final = "built-in"
"""The planner that is always there."""


class PlanStatus(StrEnum):
    """How much of a plan was applied."""

    DRAFT = "DRAFT"
    PARTLY_APPLIED = "PARTLY_APPLIED"
    APPLIED = "APPLIED"


class PlannedStop(msgspec.Struct, frozen=True, kw_only=True):
    """One visit. *start* to *end* is what the job will occupy; who arrives earlier waits.

    *booked* tells that it stands in the calendar already: a plan leaves it as it is. *promised* is what the customer
    was promised; with *minutes_late* the service begins after that.
    """

    job_id: JobId
    arrival: Millis
    start: Millis
    end: Millis
    travel_seconds: int
    travel_metres: int
    booked: bool = False
    pinned: bool = False
    promised: Window | None = None
    minutes_late: int = 0

    @property
    def window(self) -> Window:
        """The time that it occupies."""
        return Window(self.start, self.end)


class PlannedRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One technician's day. *travel_* is all of it, the way back among it; *shifts* is when they work."""

    technician: int
    leaving: Millis
    back: Millis
    stops: tuple[PlannedStop, ...]
    travel_seconds: int
    travel_metres: int
    work_seconds: int
    shifts: tuple[Window, ...]


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """Why *technicians* do not take a job: the first rule that keeps each of them; none: it is about the job itself.

    *instead* are the jobs that would have to give way, *cost* the minutes that taking it would cost (more).
    """

    rule: str
    text: str
    technicians: tuple[int, ...] = ()
    instead: tuple[JobId, ...] = ()
    cost: int | None = None


class Omission(msgspec.Struct, frozen=True):
    """A job that nobody takes, and why."""

    job_id: JobId
    reasons: tuple[WhyNot, ...]


class Assumption(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken for granted, in words, and of which jobs or technicians."""

    kind: str
    text: str
    job_ids: tuple[JobId, ...] = ()
    technicians: tuple[int, ...] = ()


class Spot(msgspec.Struct, frozen=True):
    """With whom a job was planned, and for when."""

    technician_id: UserId
    start: Millis


class Shift(msgspec.Struct, frozen=True):
    """What a plan changed of the one before: a job moved, came in (*was* is None), or fell out (*now* is None)."""

    job_id: JobId
    was: Spot | None
    now: Spot | None


class Pinned(msgspec.Struct, frozen=True):
    """What somebody decided beforehand."""

    job_id: JobId
    technician_id: UserId
    start: Millis | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of applying one job of a plan; *code* and *reason* say why not."""

    job_id: JobId
    applied: bool
    code: str | None = None
    reason: str | None = None


class PlanCosts(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan costs, in its parts, in minutes of a technician's time."""

    travel: int
    """For the road, beyond the time itself."""
    work: int
    """Travel, waiting and work; what fairness adds is in it."""
    crew: int
    """For each who is sent out."""
    preferences: int
    """Where somebody comes whom the customer does not know, or another one than was planned before."""
    promises: int
    left_out: int

    @property
    def total(self) -> int:
        """The sum."""
        return self.travel + self.work + self.crew + self.preferences + self.promises + self.left_out


class DayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan; only its *status* and *outcomes* ever change, by applying it.

    [*start*, *end*) is the day in *timezone*. *not_considered* are confirmed jobs that were beyond the number that a
    plan looks at, the first of them by id.
    """

    id: Id
    version: Version
    status: PlanStatus
    actor_id: UserId
    created_at: Millis
    updated_at: Millis
    date: str
    timezone: str
    start: Millis
    end: Millis
    crew: tuple[UserId, ...]
    pins: tuple[Pinned, ...] = ()
    planner: str = BUILT_IN
    seconds: int
    routes: tuple[PlannedRoute, ...]
    left_out: tuple[Omission, ...]
    not_considered: tuple[JobId, ...] = ()
    not_considered_count: int = 0
    assumptions: tuple[Assumption, ...] = ()
    costs: PlanCosts
    based_on: Id | None = None
    changes: tuple[Shift, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def assignments(self) -> dict[JobId, tuple[UserId, PlannedStop]]:
        """What applying it would book, by job."""
        return {
            stop.job_id: (self.crew[route.technician], stop)
            for route in self.routes
            for stop in route.stops
            if not stop.booked
        }

    @property
    def job_ids(self) -> tuple[JobId, ...]:
        """The jobs that it was asked to plan, served and left out."""
        return (*self.assignments, *(each.job_id for each in self.left_out))


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in a list of them."""

    id: Id
    version: Version
    status: PlanStatus
    actor_id: UserId
    created_at: Millis
    date: str
    timezone: str
    based_on: Id | None
    technicians: int
    planned: int
    left_out: int
    travel_seconds: int
    travel_metres: int


def summary_of(plan: DayPlan) -> PlanSummary:
    """What a list shows of a plan; *technicians* are those who have something to do."""
    return PlanSummary(
        id=plan.id,
        version=plan.version,
        status=plan.status,
        actor_id=plan.actor_id,
        created_at=plan.created_at,
        date=plan.date,
        timezone=plan.timezone,
        based_on=plan.based_on,
        technicians=len(plan.routes),
        planned=len(plan.assignments),
        left_out=len(plan.left_out),
        travel_seconds=sum(route.travel_seconds for route in plan.routes),
        travel_metres=sum(route.travel_metres for route in plan.routes),
    )

"""From jobs and calendars to a planning problem, and what is left out before anybody plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.dayplan import Omission, WhyNot
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.planning import (
    Matrix,
    Objective,
    Pin,
    Plan,
    Problem,
    Route,
    Slot,
    Stop,
    Visit,
    Weights,
)
from hosanna_core.model.status import Status
from hosanna_core.model.travel import Point, point_of
from hosanna_core.rules.assignment.dayplan.crew import extras, mates, member_of
from hosanna_core.rules.assignment.dayplan.eligible import Eligible
from hosanna_core.rules.assignment.dayplan.places import Places
from hosanna_core.rules.assignment.dayplan.question import A_MINUTE, SECOND, UNIT, Question

if TYPE_CHECKING:
    from hosanna_core.model.ids import JobId, Millis
    from hosanna_core.model.job import Job
    from hosanna_core.model.schedule import Window
    from hosanna_core.rules.assignment.dayplan.crew import Mate

MatrixOf = Callable[[Sequence[Point | None]], Matrix]
"""Gives the seconds between the places of a problem."""
ALWAYS_TRIED, MOST_TRIED = 400, 1_000
"""So many jobs are tried however little time there is, and however much."""
ENOUGH: Final = 2
"""So many times the work that the crew has time for is tried."""
TOO_MUCH: Final = "There is far more work than the crew has time for: only the most urgent jobs were tried."
TOO_MANY: Final = (
    "These are more jobs than are planned in one go: apply this plan of the most urgent, and plan again."
)
NEVER: Final = (Slot(-(10**12), -(10**12)),)
"""The slots of what cannot begin any more: long before anybody works."""


class Posed(msgspec.Struct, frozen=True):
    """A problem, and what its positions mean: *jobs* its visits, *crew* its members, *points* its places."""

    question: Question
    problem: Problem
    jobs: tuple[Job, ...]
    crew: tuple[Mate, ...]
    points: tuple[Point | None, ...]
    eligible: Eligible
    omissions: tuple[Omission, ...]
    """The jobs that are no part of the problem, and why."""

    def relaxed(self, plan: Plan) -> Problem | None:
        """The problem with the promises of what *plan* leaves out only weighed; None where that could change nothing.

        Who comes late still comes on the day, and never sooner than was promised.
        """
        promise = A_MINUTE * self.question.firm.costs.promise
        late = {left.visit for left in plan.left_out if self._may_be_late(left.visit, promise)}
        if not late:
            return None
        visits = tuple(
            _late(visit, self.question, promise) if number in late else visit
            for number, visit in enumerate(self.problem.visits)
        )
        return msgspec.structs.replace(self.problem, visits=visits)

    @property
    def promises(self) -> bool:
        """Whether there is any promise that might be broken."""
        promise = A_MINUTE * self.question.firm.costs.promise
        return any(self._may_be_late(number, promise) for number in range(len(self.jobs)))

    def _may_be_late(self, number: int, promise: int) -> bool:
        job, visit = self.jobs[number], self.problem.visits[number]
        weighed = promise > 0 and (visit.penalty is None or promise < visit.penalty)
        return weighed and job.window is None and job.arrival_window is not None and bool(visit.slots)

    def start(self) -> Plan | None:
        """The plan before as one to begin with."""
        before = self.question.before
        if before is None:
            return None
        visits = {job.id: number for number, job in enumerate(self.jobs)}
        members = {mate.technician_id: number for number, mate in enumerate(self.crew)}
        orders: dict[int, list[int]] = {}
        for job_id, (technician_id, _) in before.assignments.items():
            if job_id in visits and technician_id in members:
                orders.setdefault(members[technician_id], []).append(visits[job_id])
        return _ordered(orders)


def pose(question: Question, matrix_of: MatrixOf) -> Posed:
    """The problem of a day."""
    crew = mates(question)
    fit = [job for job in question.jobs if _unfit(question, job) is None]
    asked, why_not = tried(question, crew, fit)
    known = {job.id for job in asked}
    omissions = [_omitted(question, job, why_not) for job in question.jobs if job.id not in known]
    sites = [point_of(job.site) for job in asked]
    booked = [[question.sites.get(visit.job_id) for visit in mate.visits] for mate in crew]
    places = Places([*sites, *(site for each in booked for site in each)])
    members = tuple(
        member_of(
            question,
            mate,
            home=places.home(mate.calendar.availability.home),
            sites=[places.site(site) for site in each],
            extra=extra,
        )
        for mate, each, extra in zip(crew, booked, extras(question, crew), strict=True)
    )
    eligible = Eligible(question)
    posing = _Posing(question, crew, eligible)
    visits = tuple(posing.visit(job, places.site(site)) for job, site in zip(asked, sites, strict=True))
    costs = question.firm.costs
    problem = Problem(
        times=matrix_of(places.points),
        crew=members,
        visits=visits,
        weights=Weights(travel=UNIT * costs.travel, work=UNIT, crew=A_MINUTE * costs.technician),
    )
    return Posed(question, problem, tuple(asked), crew, tuple(places.points), eligible, tuple(omissions))


def tried(question: Question, crew: Sequence[Mate], jobs: Sequence[Job]) -> tuple[list[Job], str]:
    """The jobs that a planner is asked about, and why no others: all, or the most urgent of far too many.

    What is pinned comes first, then by priority what has a time of its own, then in the order in which they are given.
    """
    if len(jobs) <= ALWAYS_TRIED:
        return list(jobs), ""
    room = ENOUGH * sum(shift.end - shift.start for mate in crew for shift in mate.shifts)
    chosen: set[JobId] = set()
    work = 0
    for job in sorted(jobs, key=lambda job: _urgency(question, job)):
        if len(chosen) >= ALWAYS_TRIED and (work >= room or len(chosen) >= MOST_TRIED):
            break
        chosen.add(job.id)
        work += job.duration_minutes * MINUTE
    return [job for job in jobs if job.id in chosen], TOO_MUCH if work >= room else TOO_MANY


def _urgency(question: Question, job: Job) -> tuple[bool, int, bool]:
    timed = job.window is not None or job.arrival_window is not None
    return job.id not in question.pins, job.priority.rank, not timed


def _omitted(question: Question, job: Job, why_not: str) -> Omission:
    reason = _unfit(question, job)
    return Omission(job.id, (WhyNot(rule="capacity", text=why_not) if reason is None else reason,))


def _unfit(question: Question, job: Job) -> WhyNot | None:
    """Why a job cannot be a part of this day's plan, whoever there is."""
    if job.status is not Status.CONFIRMED:
        return WhyNot(rule="status", text=f"The job is {job.status}: only what is CONFIRMED is planned.")
    if job.window is not None:
        return _unfit_window(question, job, job.window)
    pin, promised = question.pins.get(job.id), job.arrival_window
    decided = pin is not None and pin.start is not None
    if promised is not None and not decided and not promised.overlaps(question.day.window):
        return WhyNot(
            rule="another_day", text=f"The customer was promised another day than {question.day.date}."
        )
    return None


def _unfit_window(question: Question, job: Job, window: Window) -> WhyNot | None:
    if not question.day.holds(window.start):
        return WhyNot(rule="another_day", text=f"Its window does not begin on {question.day.date}.")
    if window.start < question.earliest:
        return WhyNot(rule="past", text="Its window has begun already: reschedule it.")
    if window.end - window.start < job.duration_minutes * MINUTE:
        return WhyNot(rule="window_too_short", text="Its window is shorter than the work: reschedule it.")
    return None


class _Posing:
    """Makes visits of jobs."""

    def __init__(self, question: Question, crew: Sequence[Mate], eligible: Eligible) -> None:
        self._question = question
        self._positions = {mate.technician_id: number for number, mate in enumerate(crew)}
        self._eligible = eligible
        before = question.before
        planned = {} if before is None else before.assignments
        self._before = {job_id: technician_id for job_id, (technician_id, _) in planned.items()}

    def visit(self, job: Job, place: int) -> Visit:
        return Visit(
            place=place,
            duration=self._duration(job),
            slots=self._slots(job),
            members=self._eligible.members(job),
            penalty=self._penalty(job),
            soft=self._soft(job),
            pin=self._pin(job),
        )

    def _duration(self, job: Job) -> int:
        reading = self._question.reading
        if job.window is None:
            return job.duration_minutes * (MINUTE // SECOND)
        return reading(job.window.end, late=True) - reading(job.window.start)

    def _slots(self, job: Job) -> tuple[Slot, ...]:
        reading, day = self._question.reading, self._question.day
        if job.window is not None:
            start = reading(job.window.start)
            return (Slot(start, start),)
        pin = self._question.pins.get(job.id)
        promised = job.arrival_window if pin is None or pin.start is None else None
        if promised is None or not promised.overlaps(day.window):
            return (Slot(0, reading(day.end - MINUTE)),)
        first = max(reading(promised.start, late=True), 0)
        return _slot(first, reading(_last_moment(promised, day.end)))

    def _pin(self, job: Job) -> Pin | None:
        pin = self._question.pins.get(job.id)
        if pin is None:
            return None
        start = None if pin.start is None else self._question.reading(pin.start)
        return Pin(self._positions[pin.technician_id], start)

    def _penalty(self, job: Job) -> int | None:
        """What leaving it out costs, more if it was planned; what somebody has pinned goes before what has a price."""
        if job.id in self._question.pins:
            return None
        costs = self._question.firm.costs
        planned = costs.stability if job.id in self._before else 0
        return A_MINUTE * (costs.left_out.get(job.priority, 0) + planned)

    def _soft(self, job: Job) -> Mapping[int, int]:
        costs = self._question.firm.costs
        soft: dict[int, int] = {}
        known = self._question.known.get(job.id, frozenset()) & self._positions.keys()
        before: JobId | None = self._before.get(job.id)
        for technician_id, number in self._positions.items():
            cost = costs.continuity if known and technician_id not in known else 0
            cost += costs.stability if before is not None and technician_id != before else 0
            if cost:
                soft[number] = A_MINUTE * cost
        return soft


def _slot(first: int, last: int) -> tuple[Slot, ...]:
    return (Slot(first, last),) if first <= last else NEVER


def _last_moment(promised: Window, end: Millis) -> Millis:
    """The last minute at which a service may begin that is to begin before the promised end, or the day's."""
    until = min(promised.end, end) - 1
    minute = until // MINUTE * MINUTE
    return minute if minute >= promised.start else until


def _late(visit: Visit, question: Question, promise: int) -> Visit:
    """The visit without the end of its window, worth less by what breaking a promise costs."""
    first = max(visit.slots[0].first, 0) if visit.slots != NEVER else 0
    slots = _slot(first, question.reading(question.day.end - MINUTE))
    penalty = None if visit.penalty is None else visit.penalty - promise
    return msgspec.structs.replace(visit, slots=slots, penalty=penalty)


def _ordered(orders: Mapping[int, Sequence[int]]) -> Plan:
    """A plan that says nothing but who does what in which order."""
    routes = tuple(
        Route(
            member=member,
            leaving=0,
            stops=tuple(Stop(step=step, place=0, arrival=0, start=0, end=0) for step in steps),
            back=0,
            distance=0,
            travel=0,
            work=0,
        )
        for member, steps in orders.items()
    )
    nothing = Objective(missing=0, penalties=0, distance=0, travel=0, work=0, crew=0, soft=0)
    return Plan(routes=routes, left_out=(), objective=nothing)

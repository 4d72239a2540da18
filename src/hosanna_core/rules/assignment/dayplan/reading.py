"""From a planner's answer to routes of jobs: every stop is judged once more by the hard rules before it is believed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.dayplan import Omission, PlannedRoute, PlannedStop, WhyNot
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.planning import booked_position
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.rules.assignment.booking import book
from hosanna_core.rules.assignment.dayplan.eligible import refusals
from hosanna_core.rules.assignment.dayplan.question import A_MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.model.planning import LeftOut, Plan, Reason, Route, Stop
    from hosanna_core.model.travel import Leg, Point
    from hosanna_core.rules.assignment.dayplan.posing import Posed
    from hosanna_core.rules.assignment.dayplan.question import Question

    WayOf = Callable[[Point | None, Point | None], Leg]
    """The way between two places."""


class Answer(msgspec.Struct, frozen=True):
    """What a plan says of jobs: each is in one of the routes, or left out."""

    routes: tuple[PlannedRoute, ...]
    left_out: tuple[Omission, ...]


def read(posed: Posed, plan: Plan, way_of: WayOf) -> Answer:
    """The answer to the question that was *posed*."""
    reading = _Reading(posed, way_of)
    routes, undone = [], []
    for route in plan.routes:
        stops, omitted = reading.judged(route)
        undone += omitted
        if stops:
            routes.append(reading.route(route, stops))
    left_out = [*posed.omissions, *undone, *map(reading.omission, plan.left_out)]
    return Answer(tuple(routes), tuple(sorted(left_out, key=lambda each: each.job_id)))


class _Reading:
    def __init__(self, posed: Posed, way_of: WayOf) -> None:
        self._posed = posed
        self._question: Question = posed.question
        self._way_of = way_of

    def judged(self, route: Route) -> tuple[list[tuple[Stop, Visit]], list[Omission]]:
        """The stops that may be booked one after the other, and what the hard rules say of the others."""
        mate = self._posed.crew[route.member]
        calendar, kept, omitted = mate.calendar, [], []
        for stop in route.stops:
            if stop.step < 0:
                kept.append((stop, mate.visits[booked_position(stop.step)]))
                continue
            job = self._posed.jobs[stop.step]
            visit = Visit(job.id, self._window(job, stop))
            broken = refusals(calendar, job, visit.window, self._question.now)
            if broken:
                reasons = [
                    WhyNot(rule=verdict.rule, text=str(verdict.reason), technicians=(route.member,))
                    for verdict in broken
                ]
                omitted.append(Omission(job.id, tuple(reasons)))
            else:
                calendar = book(calendar, visit, self._question.now)
                kept.append((stop, visit))
        return kept, omitted

    def _window(self, job: Job, stop: Stop) -> Window:
        if job.window is not None:
            return job.window
        start = self._question.instant(stop.start)
        return Window(start, start + job.duration_minutes * MINUTE)

    def route(self, route: Route, stops: Sequence[tuple[Stop, Visit]]) -> PlannedRoute:
        mate = self._posed.crew[route.member]
        member = self._posed.problem.crew[route.member]
        places = [member.start, *(stop.place for stop, _ in stops), member.end]
        seconds = [self._posed.problem.times[a][b] for a, b in pairwise(places)]
        points = self._posed.points
        metres = [self._way_of(points[a], points[b]).metres for a, b in pairwise(places)]
        instant = self._question.instant
        return PlannedRoute(
            technician=route.member,
            leaving=instant(route.leaving),
            back=instant(route.back),
            stops=tuple(
                self._stop(stop, visit, seconds[number], metres[number])
                for number, (stop, visit) in enumerate(stops)
            ),
            travel_seconds=sum(seconds),
            travel_metres=sum(metres),
            work_seconds=route.work,
            shifts=mate.shifts,
        )

    def _stop(self, stop: Stop, visit: Visit, seconds: int, metres: int) -> PlannedStop:
        job = None if stop.step < 0 else self._posed.jobs[stop.step]
        promised = None if job is None else job.arrival_window
        return PlannedStop(
            job_id=visit.job_id,
            arrival=min(self._question.instant(stop.arrival), visit.window.start),
            start=visit.window.start,
            end=visit.window.end,
            travel_seconds=seconds,
            travel_metres=metres,
            booked=job is None,
            pinned=visit.job_id in self._question.pins,
            promised=promised,
            minutes_late=minutes_late(promised, visit.window.start),
        )

    def omission(self, left: LeftOut) -> Omission:
        """Why a visit was left out, with what keeps each technician in the words of the hard rules."""
        job = self._posed.jobs[left.visit]
        reasons = [each for reason in left.reasons for each in self._told(job, reason)]
        return Omission(job.id, tuple(reasons))

    def _told(self, job: Job, reason: Reason) -> Iterable[WhyNot]:
        if reason.rule == "eligible":
            verdicts = self._posed.eligible.verdicts(job)
            found = {
                member: (verdict.rule, str(verdict.reason))
                for member in reason.members
                if (verdict := verdicts[member]) is not None
            }
            return _grouped(found)
        if reason.rule == "window":
            return _grouped({member: self._out_of_time(job, member, reason) for member in reason.members})
        text = self._idle() if reason.rule == "no_shift" else reason.text
        return [
            WhyNot(
                rule=reason.rule,
                text=text,
                technicians=reason.members,
                instead=tuple(self._posed.jobs[visit].id for visit in reason.instead),
                cost=None if reason.cost is None else round(reason.cost / A_MINUTE),
            )
        ]

    def _idle(self) -> str:
        """That somebody does not work: they may very well on other days, and have done on this one."""
        begun = self._question.earliest > self._question.day.start
        return f"They do not work {'any more ' if begun else ''}on {self._question.day.date}."

    def _out_of_time(self, job: Job, member: int, reason: Reason) -> tuple[str, str]:
        mate = self._posed.crew[member]
        needed = job.duration_minutes if job.window is None else _minutes(job.window.end - job.window.start)
        longest = _minutes(mate.longest)
        if longest < needed:
            text = f"It takes {needed} minutes, and they work {longest} at most without a break on that day."
            return "too_long", text
        return reason.rule, reason.text


def minutes_late(promised: Window | None, start: Millis) -> int:
    """By how many minutes a service begins after the window that the customer was promised, 0 if in it.

    >>> minutes_late(Window(0, 60_000), 59_999), minutes_late(Window(0, 60_000), 60_000)
    (0, 1)
    """
    if promised is None or start < promised.end:
        return 0
    return max(1, _minutes(start - promised.end))


def _minutes(span: Millis) -> int:
    return -(-span // MINUTE)


def _grouped(found: Mapping[int, tuple[str, str]]) -> list[WhyNot]:
    """One reason for all who are kept by the same."""
    groups: dict[tuple[str, str], list[int]] = {}
    for member, told in found.items():
        groups.setdefault(told, []).append(member)
    return [
        WhyNot(rule=rule, text=text, technicians=tuple(members)) for (rule, text), members in groups.items()
    ]

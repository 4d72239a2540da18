"""Judges a stored plan by jobs, calendars and the words of the specification. It shares no code with what made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = 60_000
Seconds = Callable[[Any, Any], int]
"""The seconds of the way between two points (latitude, longitude), None among them."""


def faults(
    plan: Any,
    jobs: Mapping[str, Any],
    calendars: Mapping[str, Any],
    seconds: Seconds,
    *,
    asked: Sequence[str] | None = None,
    now: int = 0,
) -> list[str]:
    """Everything that is wrong with a plan, in words. *asked* are the jobs that it must tell of."""
    found = [*_told_of_once(plan, asked)]
    for route in plan.routes:
        calendar = calendars[plan.crew[route.technician]]
        found += [
            f"technician {route.technician}: {fault}" for fault in _route(plan, route, jobs, calendar, now)
        ]
        found += [
            f"technician {route.technician}: {fault}" for fault in _ways(plan, route, jobs, calendar, seconds)
        ]
    return found


def _told_of_once(plan: Any, asked: Sequence[str] | None) -> Iterator[str]:
    told = Counter(stop.job_id for route in plan.routes for stop in route.stops)
    told.update(left.job_id for left in plan.left_out)
    for job_id, times in told.items():
        if times != 1:
            yield f"job {job_id} is told of {times} times"
    for job_id in asked or ():
        if job_id not in told and job_id not in plan.not_considered:
            yield f"job {job_id} is dropped"
    for left in plan.left_out:
        if not left.reasons or not all(reason.text for reason in left.reasons):
            yield f"job {left.job_id} is left out without a reason"
        named = Counter(n for reason in left.reasons for n in reason.technicians)
        if named and any(named[n] < 1 for n in range(len(plan.crew))) and len(left.reasons) > 1:
            yield f"job {left.job_id} is left out without a reason for everybody"


def _route(plan: Any, route: Any, jobs: Mapping[str, Any], calendar: Any, now: int) -> Iterator[str]:
    taken = [(visit.window.start, visit.window.end, visit.job_id) for visit in calendar.visits]
    new = [stop for stop in route.stops if not stop.booked]
    if new and not calendar.active:
        yield "is not active"
    for stop in new:
        job = jobs[stop.job_id]
        yield from (f"job {stop.job_id}: {fault}" for fault in _stop(plan, stop, job, calendar))
        if stop.start < now < plan.end:
            yield f"job {stop.job_id} begins in the past"
        for start, end, other in taken:
            if stop.start < end and start < stop.end:
                yield f"job {stop.job_id} overlaps {other}"
        taken.append((stop.start, stop.end, stop.job_id))
    yield from _daily_maximum(calendar, new, taken)


def _stop(plan: Any, stop: Any, job: Any, calendar: Any) -> Iterator[str]:
    if str(job.status) != "CONFIRMED":
        yield f"is {job.status}"
    if not plan.start <= stop.start < plan.end:
        yield "begins on another day"
    if job.window is not None and (stop.start, stop.end) != (job.window.start, job.window.end):
        yield "is not in its own window"
    if job.window is None and stop.end - stop.start != job.duration_minutes * MINUTE:
        yield "does not take as long as the work does"
    yield from _promise(stop, job)
    yield from _skills(stop, job, calendar)
    available = calendar.availability
    if available.hours and not any(a <= stop.start and stop.end <= b for a, b in _shifts(available, stop)):
        yield "is outside the working hours"
    for off in available.time_off:
        if stop.start < off.end and off.start < stop.end:
            yield "is in time off"


def _promise(stop: Any, job: Any) -> Iterator[str]:
    promised = job.arrival_window
    if promised is None or job.window is not None:
        return
    kept = promised.start <= stop.start < promised.end
    if kept and stop.minutes_late:
        yield "is said to be late, and is not"
    if stop.start >= promised.end:
        late = -(-(stop.start - promised.end) // MINUTE) or 1
        if stop.minutes_late != late:
            yield f"is {late} minutes late, and the plan says {stop.minutes_late}"
    if stop.start < promised.start and not stop.pinned:
        yield "comes sooner than was promised"


def _skills(stop: Any, job: Any, calendar: Any) -> Iterator[str]:
    zone = ZoneInfo(calendar.availability.timezone)
    day = datetime.fromtimestamp((stop.end - 1) / 1000, zone).date().isoformat()
    held = {
        skill.name.casefold(): skill.level or 0
        for skill in calendar.availability.skills
        if skill.expires_on is None or skill.expires_on >= day
    }
    for wanted in job.required_skills:
        name, _, level = (part.strip() for part in wanted.partition(">="))
        if held.get(name.casefold(), -1) < int(level or 0):
            yield f"needs {wanted}"


def _shifts(available: Any, stop: Any) -> list[tuple[int, int]]:
    """The working hours round a stop, joined where they touch: worked out minute by minute of the local clock."""
    zone = ZoneInfo(available.timezone)
    day = datetime.fromtimestamp(stop.start / 1000, zone).date() - timedelta(days=2)
    found = []
    for _ in range(6):
        for start, end in available.hours.get(DAYS[day.weekday()], ()):
            opens, closes = (_at(day, minutes, zone) for minutes in (start, end))
            if opens < closes:
                found.append((opens, closes))
        day += timedelta(days=1)
    found.sort()
    joined: list[tuple[int, int]] = []
    for opens, closes in found:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        else:
            joined.append((opens, closes))
    return joined


def _at(day: Any, minutes: int, zone: ZoneInfo) -> int:
    moved = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    return int(moved.replace(tzinfo=zone).astimezone(UTC).timestamp()) * 1000


def _daily_maximum(calendar: Any, new: Sequence[Any], taken: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    most = calendar.availability.daily_maximum
    if most is None:
        return
    zone = ZoneInfo(calendar.availability.timezone)
    count: Counter[Any] = Counter()
    for start, end, _ in taken:
        day = datetime.fromtimestamp(start / 1000, zone).date()
        while day <= datetime.fromtimestamp((end - 1) / 1000, zone).date():
            count[day] += 1
            day += timedelta(days=1)
    for stop in new:
        day = datetime.fromtimestamp(stop.start / 1000, zone).date()
        if count[day] > most:
            yield f"has {count[day]} visits on {day}, and {most} at most are allowed"
            return


def _ways(plan: Any, route: Any, jobs: Mapping[str, Any], calendar: Any, seconds: Seconds) -> Iterator[str]:
    """There is time for each way whose both ends are known, and its break is not counted as time to drive."""
    here = _point(calendar.availability.home)
    known_here = here is not None
    free = route.leaving
    total = 0
    for number, stop in enumerate(route.stops):
        job = jobs.get(stop.job_id)
        there = None if job is None else _point(job.site)
        before_booked = number == 0 or route.stops[number - 1].booked
        excused = stop.booked and before_booked
        if known_here and there is not None and not excused:
            needed = seconds(here, there)
            if stop.start - free < needed * 1000:
                yield f"cannot be at job {stop.job_id} in time"
        if not stop.booked and stop.arrival > stop.start:
            yield f"begins job {stop.job_id} before being there"
        total += stop.travel_seconds
        here, known_here, free = there, there is not None, max(free, stop.end)
    home = _point(calendar.availability.home)
    last_booked = bool(route.stops) and route.stops[-1].booked
    if (
        known_here
        and home is not None
        and not last_booked
        and (route.back - free) < seconds(here, home) * 1000
    ):
        yield "cannot be back in time"
    if total > route.travel_seconds:
        yield "travels less than the sum of the ways"


def _point(place: Any) -> tuple[float, float] | None:
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude

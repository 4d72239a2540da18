"""The hard rules: whether a technician can take a visit, rule by rule, and by how much.

Assignment by hand, candidates and every planner ask here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import DoubleBooking, HardRuleBroken, NotAvailable, NotQualified
from hosanna_core.model.ids import EARLIEST, LATEST, JobId, Millis
from hosanna_core.model.schedule import Window
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.areas import metres_between
from hosanna_core.rules.assignment.hours import Hours, day_text, days_of, joined
from hosanna_core.rules.assignment.margins import Finding, Margin, margin_of, reason_of
from hosanna_core.rules.assignment.neighbours import (
    NOTHING_AROUND,
    UNKNOWN,
    Around,
    Roads,
    around,
    seconds_of,
)
from hosanna_core.rules.assignment.skills import holding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.schedule import Availability, Calendar, Visit


class RuleVerdict(msgspec.Struct, frozen=True):
    """One hard rule, whether it holds, why not, and by how much."""

    rule: str
    holds: bool
    reason: str | None = None
    margin: Margin | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The visit that is asked about. *job_id* is the job itself: its own present booking is not in its way."""

    job_id: JobId | None = None
    window: Window | None = None
    required_skills: tuple[str, ...] = ()
    place: Point | None = None


_ERRORS: Final[dict[str, type[HardRuleBroken]]] = {
    "active": NotAvailable,
    "skills": NotQualified,
    "hours": NotAvailable,
    "time_off": NotAvailable,
    "overlap": DoubleBooking,
    "daily_maximum": NotAvailable,
    "service_area": NotAvailable,
}
"""The rules in the order in which they are told, and the error that each one raises."""
RULES: Final = (*_ERRORS, "travel")
"""All that can keep somebody from being a candidate. `travel` keeps nobody from being assigned by hand."""


def fit(
    calendar: Calendar,
    required_skills: Sequence[str],
    window: Window | None,
    job_id: JobId | None,
    now: Millis,
    place: Point | None = None,
) -> tuple[RuleVerdict, ...]:
    """Every hard rule for a visit in *window* (None: it occupies no time; skills are then judged for today).

    *job_id* is the job itself: its own present booking is not in its way. *place* is where it is done, if known.
    """
    wanted = Wanted(job_id=job_id, window=window, required_skills=tuple(required_skills), place=place)
    found = findings(calendar, wanted, surroundings_of(calendar, wanted), now)
    return worded(found, window, calendar.availability.timezone)


def worded(found: Iterable[Finding], window: Window | None, timezone: str) -> tuple[RuleVerdict, ...]:
    """What was found as verdicts, in words and in the technician's local time."""
    return tuple(
        RuleVerdict(each.rule, each.holds, reason_of(each, window), margin_of(each, window, timezone))
        for each in found
    )


def demand_fit(verdicts: Iterable[RuleVerdict]) -> None:
    """Raise HardRuleBroken, with the whole verdict, unless every rule holds."""
    told = tuple(verdicts)
    for verdict in told:
        if not verdict.holds:
            raise _ERRORS[verdict.rule](str(verdict.reason), told)


def surroundings_of(calendar: Calendar, wanted: Wanted) -> Around:
    """What stands round the window in a calendar."""
    window = wanted.window
    if window is None:
        return NOTHING_AROUND
    days = days_of(window.start, window.end, calendar.availability.timezone)
    return around(calendar.visits, window, wanted.job_id, days)


def findings(calendar: Calendar, wanted: Wanted, surroundings: Around, now: Millis) -> list[Finding]:
    """What each hard rule finds; *surroundings* is what stands round the window in the calendar."""
    available, window = calendar.availability, wanted.window
    found = [_active(calendar), _skills(available, wanted, now)]
    if window is not None:
        found += (
            _hours(available, window),
            _time_off(available, window),
            _overlap(surroundings, window, {}),
            _daily_maximum(available, surroundings, window),
        )
    if available.service_area_km is not None and available.home is not None and wanted.place is not None:
        found.append(_service_area(available.service_area_km, available.home, wanted.place))
    return found


def on_the_road(
    found: Iterable[Finding], wanted: Wanted, surroundings: Around, roads: Roads
) -> list[Finding]:
    """What was found, with the ways looked at: `travel` says whether there is time for them."""
    window = wanted.window
    if window is None:
        return list(found)
    if surroundings.clashes:
        found = [_overlap(surroundings, window, roads) if each.rule == "overlap" else each for each in found]
    return [*found, _travel(surroundings, window, roads)]


_ACTIVE: Final = Finding("active", True)
_INACTIVE: Final = Finding("active", False)
_OF_ANOTHER_ROLE: Final = Finding("active", False, technician=False)
_NO_SKILL_ASKED: Final = Finding("skills", True)
_ALWAYS_AT_WORK: Final = Finding("hours", True)
_NEVER_OFF: Final = Finding("time_off", True)
_NO_MAXIMUM: Final = Finding("daily_maximum", True)
_NO_OVERLAP: Final = Finding("overlap", True)
_NO_NEIGHBOUR: Final = Finding("travel", True)


def _active(calendar: Calendar) -> Finding:
    if calendar.active:
        return _ACTIVE
    return _INACTIVE if calendar.technician else _OF_ANOTHER_ROLE


def _skills(available: Availability, wanted: Wanted, now: Millis) -> Finding:
    required, window = wanted.required_skills, wanted.window
    if not required:
        return _NO_SKILL_ASKED
    day = day_text(now if window is None else window.end - 1, available.timezone)
    found = holding(available.skills, required, day)
    if not found.lacks:
        return Finding("skills", True, found.days_left)
    return Finding("skills", False, -len(found.lacks), day=day, lacks=found.lacks)


def _hours(available: Availability, window: Window) -> Finding:
    if not available.hours:
        return _ALWAYS_AT_WORK
    return _at_work(tuple(available.hours.items()), available.timezone, window.start, window.end)


@lru_cache(maxsize=1024)
def _at_work(hours: Hours, timezone: str, start: Millis, end: Millis) -> Finding:
    """Worked out once for all who have the same hours."""
    around_it = (
        (min(start - shift.start, shift.end - end), shift) for shift in joined(hours, start, end, timezone)
    )
    by, shift = max(around_it, default=(None, None))
    return Finding("hours", by is not None and by >= 0, by, shift)


def _time_off(available: Availability, window: Window) -> Finding:
    if not available.time_off:
        return _NEVER_OFF
    away = [off for off in available.time_off if off.overlaps(window)]
    if away:
        back = max(off.end for off in away)
        return Finding("time_off", False, window.start - back, Window(back, LATEST), away[0])
    back = max((off.end for off in available.time_off if off.end <= window.start), default=EARLIEST)
    gone = min((off.start for off in available.time_off if off.start >= window.end), default=LATEST)
    return Finding("time_off", True, min(window.start - back, gone - window.end), Window(back, gone))


def _overlap(surroundings: Around, window: Window, roads: Roads) -> Finding:
    if surroundings.clashes:
        return _clash(surroundings.clashes, window, roads)
    before, after = surroundings.before, surroundings.after
    if before is None and after is None:
        return _NO_OVERLAP
    start = EARLIEST if before is None else before.window.end
    end = LATEST if after is None else after.window.start
    return Finding("overlap", True, min(window.start - start, end - window.end), Window(start, end))


def _clash(clashes: Sequence[Visit], window: Window, roads: Roads) -> Finding:
    last = max(clashes, key=lambda visit: visit.window.end)
    there = roads.get(last.job_id, UNKNOWN).there
    start = last.window.end + seconds_of(there) * 1000
    return Finding(
        "overlap",
        False,
        window.start - start,
        Window(start, LATEST),
        clashes[0].window,
        jobs=tuple(visit.job_id for visit in clashes),
        way=None if there is None else there.seconds,
    )


def _daily_maximum(available: Availability, surroundings: Around, window: Window) -> Finding:
    most = available.daily_maximum
    if most is None:
        return _NO_MAXIMUM
    fullest, full = -1, ""
    for day in days_of(window.start, window.end, available.timezone):
        count = sum(
            [visit.window.start < day.end and day.start < visit.window.end for visit in surroundings.close]
        )
        if count > fullest:
            fullest, full = count, day.date.isoformat()
    return Finding(
        "daily_maximum", fullest < most, most - fullest - 1, count=fullest + 1, most=most, day=full
    )


def _service_area(kilometres: float, home: Point, place: Point) -> Finding:
    metres, most = metres_between(home, place), round(kilometres * 1000)
    return Finding("service_area", metres <= most, most - metres, count=metres, most=most)


def _travel(surroundings: Around, window: Window, roads: Roads) -> Finding:
    """Whether there is time for the way from the visit before and to the one after; an unknown way takes none."""
    before, after = surroundings.before, surroundings.after
    if before is None and after is None:
        return _NO_NEIGHBOUR
    there = None if before is None else roads.get(before.job_id, UNKNOWN).there
    back = None if after is None else roads.get(after.job_id, UNKNOWN).back
    start = EARLIEST if before is None else before.window.end + seconds_of(there) * 1000
    end = LATEST if after is None else after.window.start - seconds_of(back) * 1000
    by = min(window.start - start, end - window.end)
    known = [leg.seconds for leg in (there, back) if leg is not None]
    return Finding("travel", by >= 0, by, Window(start, end), way=max(known, default=None))

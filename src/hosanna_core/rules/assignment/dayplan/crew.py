"""A technician's calendar as a member of a planning problem: when they work that day, and what they have booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY
from hosanna_core.model.planning import Booked, Member, Span
from hosanna_core.model.schedule import Availability, Visit, Window
from hosanna_core.rules.assignment.dayplan.question import UNIT, Question
from hosanna_core.rules.assignment.hours import last_day, local_day, shifts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.schedule import Calendar

OWN, OFFICE, ALWAYS = "own_hours", "office_hours", "no_hours"
"""Whose hours they are."""
LOOKED_BACK: Final = 14 * DAY


class Mate(msgspec.Struct, frozen=True, kw_only=True):
    """One technician for that day: *shifts* is when they work, time off taken out, *visits* what they have booked."""

    calendar: Calendar
    hours: str
    shifts: tuple[Window, ...]
    visits: tuple[Visit, ...]

    @property
    def technician_id(self) -> UserId:
        """Who it is."""
        return self.calendar.technician_id

    @property
    def longest(self) -> Millis:
        """The longest time that they work without a break."""
        return max((shift.end - shift.start for shift in self.shifts), default=0)


def mates(question: Question) -> tuple[Mate, ...]:
    """Everybody of the crew, by position."""
    return tuple(_mate(question, calendar) for calendar in question.calendars)


def _mate(question: Question, calendar: Calendar) -> Mate:
    hours, worked = _hours(question, calendar.availability)
    free = _without(worked, calendar.availability.time_off)
    end = max([question.day.end, *(shift.end for shift in free)])
    around = Window(question.day.start, end)
    visits = tuple(visit for visit in calendar.visits if visit.window.overlaps(around))
    return Mate(calendar=calendar, hours=hours, shifts=tuple(free), visits=visits)


def _hours(question: Question, own: Availability) -> tuple[str, list[Window]]:
    """Shifts that begin on the day, or go on into it; what crosses midnight is worked to its end."""
    day, firm = question.day, question.firm
    if own.hours:
        kind, worked = OWN, shifts(own, day.window)
    elif firm.hours:
        office = Availability(timezone=firm.company.timezone, hours=firm.hours)
        kind, worked = OFFICE, shifts(office, day.window)
    else:
        kind, worked = ALWAYS, [Window(day.start, _latest_end(question))]
    clipped = (Window(max(each.start, question.earliest), min(each.end, day.end + DAY)) for each in worked)
    return kind, [each for each in clipped if each.start < min(each.end, day.end)]


def _latest_end(question: Question) -> Millis:
    """The end of the day, or of the last job that begins on it at a fixed time."""
    windows = [job.window for job in question.jobs if job.window is not None]
    return max([question.day.end, *(each.end for each in windows if question.day.holds(each.start))])


def _without(worked: Iterable[Window], away: Sequence[Window]) -> list[Window]:
    left = list(worked)
    for off in away:
        parts = [
            (Window(each.start, min(each.end, off.start)), Window(max(each.start, off.end), each.end))
            if each.overlaps(off)
            else (each,)
            for each in left
        ]
        left = [part for pair in parts for part in pair if part.start < part.end]
    return left


def member_of(question: Question, mate: Mate, *, home: int, sites: Sequence[int], extra: float) -> Member:
    """The member of the problem: *home* and *sites* are places, *extra* is what a minute costs beyond its time."""
    reading = question.reading
    return Member(
        start=home,
        end=home,
        shifts=tuple(
            Span(reading(shift.start, late=True), reading(shift.end))
            for shift in mate.shifts
            if reading(shift.start, late=True) < reading(shift.end)
        ),
        most=_most(question, mate),
        booked=tuple(_booked(question, visit, site) for visit, site in zip(mate.visits, sites, strict=True)),
        work=round(UNIT * extra),
    )


def _booked(question: Question, visit: Visit, site: int) -> Booked:
    start, end = question.reading(visit.window.start), question.reading(visit.window.end, late=True)
    return Booked(site, start, max(end - start, 1))


def _most(question: Question, mate: Mate) -> int | None:
    """How many visits the round may have: as many as the fullest of the technician's own days still takes."""
    availability = mate.calendar.availability
    if availability.daily_maximum is None:
        return None
    timezone, end = availability.timezone, max([question.day.end, *(shift.end for shift in mate.shifts)])
    days = range(
        local_day(question.day.start, timezone).toordinal(),
        last_day(Window(question.day.start, end), timezone).toordinal() + 1,
    )
    spans = [
        (local_day(each.window.start, timezone).toordinal(), last_day(each.window, timezone).toordinal())
        for each in mate.calendar.visits
    ]
    fullest = max(sum(first <= day <= last for first, last in spans) for day in days)
    return len(mate.visits) + max(0, availability.daily_maximum - fullest)


def extras(question: Question, crew: Sequence[Mate]) -> list[float]:
    """What fairness adds to each minute of everybody's work: most to who worked most in the two weeks before."""
    since = Window(question.day.start - LOOKED_BACK, question.day.start)
    worked = [sum(_within(visit.window, since) for visit in mate.calendar.visits) for mate in crew]
    least, most = min(worked, default=0), max(worked, default=0)
    if least == most:
        return [0.0] * len(crew)
    return [question.firm.costs.fairness * (each - least) / (most - least) for each in worked]


def _within(window: Window, bounds: Window) -> Millis:
    return max(0, min(window.end, bounds.end) - max(window.start, bounds.start))

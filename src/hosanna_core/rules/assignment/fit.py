"""The hard rules: whether a technician can take a visit, rule by rule.

Assignment by hand and every planner ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import DoubleBooking, HardRuleBroken, NotAvailable, NotQualified
from hosanna_core.model.instants import to_text
from hosanna_core.rules.assignment.hours import inside_hours, last_day, local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.ids import JobId, Millis
    from hosanna_core.model.schedule import Calendar, Skill, Visit, Window


class RuleVerdict(msgspec.Struct, frozen=True):
    """One hard rule, whether it holds, and why not."""

    rule: str
    holds: bool
    reason: str | None = None


_ERRORS: Final[dict[str, type[HardRuleBroken]]] = {
    "active": NotAvailable,
    "skills": NotQualified,
    "hours": NotAvailable,
    "time_off": NotAvailable,
    "overlap": DoubleBooking,
    "daily_maximum": NotAvailable,
}
"""The rules in the order in which they are told, and the error that each one raises."""


def fit(
    calendar: Calendar,
    required_skills: Sequence[str],
    window: Window | None,
    job_id: JobId | None,
    now: Millis,
) -> tuple[RuleVerdict, ...]:
    """Every hard rule for a visit in *window* (None: it occupies no time; skills are then judged for today).

    *job_id* is the job itself: its own present booking is not in its way.
    """
    verdicts = [_active(calendar), _skills(calendar, required_skills, window, now)]
    if window is not None:
        others = tuple(visit for visit in calendar.visits if visit.job_id != job_id)
        verdicts += [
            _hours(calendar, window),
            _time_off(calendar, window),
            _overlap(others, window),
            _daily_maximum(calendar, others, window),
        ]
    return tuple(verdicts)


def demand_fit(verdicts: Iterable[RuleVerdict]) -> None:
    """Raise HardRuleBroken, with the whole verdict, unless every rule holds."""
    told = tuple(verdicts)
    for verdict in told:
        if not verdict.holds:
            raise _ERRORS[verdict.rule](str(verdict.reason), told)


def _active(calendar: Calendar) -> RuleVerdict:
    return _ruled("active", calendar.active, "The technician's account is not active.")


def _skills(calendar: Calendar, required: Sequence[str], window: Window | None, now: Millis) -> RuleVerdict:
    if not required:
        return RuleVerdict("skills", True)
    timezone = calendar.availability.timezone
    day = (local_day(now, timezone) if window is None else last_day(window, timezone)).isoformat()
    held = {skill.name.casefold() for skill in calendar.availability.skills if _counts(skill, day)}
    lacking = [name for name in required if name.casefold() not in held]
    return _ruled("skills", not lacking, f"On {day} the technician does not hold: {', '.join(lacking)}.")


def _counts(skill: Skill, day: str) -> bool:
    return skill.expires_on is None or day <= skill.expires_on


def _hours(calendar: Calendar, window: Window) -> RuleVerdict:
    inside = inside_hours(calendar.availability, window)
    return _ruled("hours", inside, f"{_told(window)} is not wholly inside the technician's working hours.")


def _time_off(calendar: Calendar, window: Window) -> RuleVerdict:
    off = next((away for away in calendar.availability.time_off if away.overlaps(window)), None)
    return _ruled("time_off", off is None, f"The technician is off {_told(off or window)}.")


def _overlap(others: Sequence[Visit], window: Window) -> RuleVerdict:
    taken = next((visit for visit in others if visit.window.overlaps(window)), None)
    return _ruled(
        "overlap",
        taken is None,
        f"The technician has another visit {_told(taken.window if taken else window)}.",
    )


def _daily_maximum(calendar: Calendar, others: Sequence[Visit], window: Window) -> RuleVerdict:
    most = calendar.availability.daily_maximum
    if most is None:
        return RuleVerdict("daily_maximum", True)
    timezone = calendar.availability.timezone
    first, last = local_day(window.start, timezone), last_day(window, timezone)
    days = [first.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    spans = [(local_day(visit.window.start, timezone), last_day(visit.window, timezone)) for visit in others]
    full = next((day for day in days if sum(start <= day <= end for start, end in spans) >= most), None)
    return _ruled(
        "daily_maximum", full is None, f"The technician has {most} visits on {full or first} already."
    )


def _ruled(rule: str, holds: bool, reason: str) -> RuleVerdict:
    return RuleVerdict(rule, holds, None if holds else reason)


def _told(window: Window) -> str:
    return f"from {to_text(window.start)} to {to_text(window.end)}"

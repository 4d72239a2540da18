"""By how much a hard rule holds or fails: as a structure for programs, and as words for people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, EARLIEST, HOUR, LATEST, MINUTE, JobId, Millis
from hosanna_core.model.instants import to_text
from hosanna_core.model.schedule import Window
from hosanna_core.rules.assignment.hours import clock, local_day
from hosanna_core.rules.assignment.skills import Lack
from hosanna_core.rules.assignment.skills import told as lack_told

if TYPE_CHECKING:
    from collections.abc import Callable

_BELOW_TEN: Final = 10_000
"""Metres below which a distance is told in metres' own digits: one more than whole kilometres."""


_text = lru_cache(maxsize=4096)(to_text)


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What came of one rule, as numbers: made for everybody, put into words only for those who are shown."""

    rule: str
    holds: bool
    by: int | None = None
    """How much there is to spare, negative: how much is lacking. None: nothing bounds it."""
    free: Window | None = None
    """The stretch of time in which a visit could lie, open ends at EARLIEST and LATEST."""
    taken: Window | None = None
    """The first time off, or the first other visit, in the way."""
    count: int = 0
    most: int = 0
    day: str = ""
    lacks: tuple[Lack, ...] = ()
    jobs: tuple[JobId, ...] = ()
    technician: bool = True
    """Whether the account's role is that of a technician."""
    way: int | None = None
    """Seconds on the road, the longer one of both ways; None: it is not known."""


class Margin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By how much a rule holds, or, if *by* is negative, by how much it fails.

    The parts that a rule is not about are left out. *free_from* and *free_until* say when the technician could,
    *needed_from* and *needed_until* what is asked.
    """

    by: int
    unit: str
    words: str
    free_from: str | None = None
    free_until: str | None = None
    needed_from: str | None = None
    needed_until: str | None = None
    count: int | None = None
    """The visits of the fullest day, this one among them."""
    most: int | None = None
    lacks: tuple[Lack, ...] = ()
    job_ids: tuple[JobId, ...] = ()
    """The visits that are in the way."""


def margin_of(finding: Finding, window: Window | None, timezone: str) -> Margin | None:
    """A finding in the technician's local time; None where there is nothing to measure."""
    if finding.by is None:
        return None
    kind = _KINDS.get(finding.rule)
    return _of_time(finding, finding.by, window, timezone) if kind is None else kind(finding, finding.by)


def reason_of(finding: Finding, window: Window | None) -> str | None:
    """Why a rule fails, in a sentence whose times are UTC; None where it holds."""
    return None if finding.holds else _REASONS[finding.rule](finding, window)


def _not_active(finding: Finding, _: Window | None) -> str:
    if finding.technician:
        return "The technician's account is not active."
    return "The account is no technician's any more: it has another role."


def _not_held(finding: Finding, _: Window | None) -> str:
    return f"On {finding.day} the technician does not hold: {', '.join(lack.name for lack in finding.lacks)}."


def _too_far(finding: Finding, _: Window | None) -> str:
    far, most = finding.count / 1000, finding.most / 1000
    return f"The job is {far:.1f} km from the technician's home, more than {most:g} km."


def _span(window: Window | None) -> str:
    return "" if window is None else f"from {_text(window.start)} to {_text(window.end)}"


def _of_skills(finding: Finding, by: int) -> Margin:
    if finding.holds:
        return Margin(by=by, unit="days", words=f"the first to expire counts for {_days(by)} more")
    lacking = ", ".join(lack_told(lack) for lack in finding.lacks)
    return Margin(by=by, unit="skills", words=f"does not hold {lacking}", lacks=finding.lacks)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _of_visits(finding: Finding, by: int) -> Margin:
    words = f"visit {finding.count} of at most {finding.most} on {finding.day}"
    return Margin(by=by, unit="visits", words=words, count=finding.count, most=finding.most)


def _of_area(finding: Finding, by: int) -> Margin:
    words = f"{_kilometres(finding.count)} from home, at most {_kilometres(finding.most)}"
    return Margin(by=by, unit="metres", words=words)


def _kilometres(metres: int) -> str:
    return f"{metres / 1000:.1f} km" if metres < _BELOW_TEN else f"{metres / 1000:.0f} km"


def _of_time(finding: Finding, by: int, window: Window | None, timezone: str) -> Margin:
    free, needed = finding.free, window
    if free is None or needed is None:
        return Margin(by=by // MINUTE, unit="minutes", words=_spare(by))
    opens, closes = free.start > EARLIEST, free.end < LATEST
    return Margin(
        by=by // MINUTE,
        unit="minutes",
        words=_of_times(finding, free, needed, timezone),
        free_from=_text(free.start) if opens else None,
        free_until=_text(free.end) if closes else None,
        needed_from=_text(needed.start),
        needed_until=_text(needed.end),
        job_ids=finding.jobs,
    )


def _of_times(finding: Finding, free: Window, needed: Window, timezone: str) -> str:
    day = local_day(needed.start, timezone)
    verb = "works" if finding.rule == "hours" else "free"
    parts = []
    late, early = free.start > needed.start, free.end < needed.end
    # By less than a minute both would read the same: whole minutes are told in which somebody surely is free, or not.
    free_from = _minute_after(free.start) if late else free.start
    needed_until = _minute_after(needed.end) if early else needed.end
    if free.start > EARLIEST and (late or not early):
        parts.append(
            f"{verb} from {clock(free_from, timezone, day)}, needed from {clock(needed.start, timezone, day)}"
        )
    if free.end < LATEST and (early or not late):
        parts.append(
            f"{verb} until {clock(free.end, timezone, day)}, needed until {clock(needed_until, timezone, day)}"
        )
    return "; ".join(parts) + _on_the_road(finding)


def _minute_after(at: Millis) -> Millis:
    """The first whole minute that is not before."""
    return -(-at // MINUTE) * MINUTE


def _on_the_road(finding: Finding) -> str:
    if finding.rule not in ("travel", "overlap"):
        return ""
    if finding.way is None:
        return " (the way there is not known)" if finding.rule == "travel" else ""
    return f" ({lasting(finding.way * 1000)} on the road)"


def _spare(by: int) -> str:
    return f"{lasting(abs(by))} {'to spare' if by >= 0 else 'too little'}"


def lasting(millis: Millis) -> str:
    """A stretch of time in words.

    >>> lasting(5_400_000), lasting(60_000), lasting(172_800_000)
    ('1 h 30 min', '1 min', '2 d')
    """
    if millis >= 2 * DAY:
        return f"{millis // DAY} d"
    return in_hours(millis)


def in_hours(millis: Millis) -> str:
    """Time at work in words: however long it is, it is told in hours, for a day's work is no day.

    >>> in_hours(288_000_000), in_hours(5_400_000)
    ('80 h', '1 h 30 min')
    """
    hours, minutes = divmod(millis // MINUTE, HOUR // MINUTE)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


_KINDS: Final[dict[str, Callable[[Finding, int], Margin]]] = {
    "skills": _of_skills,
    "daily_maximum": _of_visits,
    "service_area": _of_area,
}
"""The rules that are not measured in time."""
_REASONS: Final[dict[str, Callable[[Finding, Window | None], str]]] = {
    "active": _not_active,
    "skills": _not_held,
    "hours": lambda _, window: f"{_span(window)} is not wholly inside the technician's working hours.",
    "time_off": lambda finding, _: f"The technician is off {_span(finding.taken)}.",
    "overlap": lambda finding, _: f"The technician has another visit {_span(finding.taken)}.",
    "daily_maximum": lambda finding, _: f"The technician has {finding.most} visits on {finding.day} already.",
    "service_area": _too_far,
    "travel": lambda _, __: "There is no time for the way from the visit before, or to the one after.",
}

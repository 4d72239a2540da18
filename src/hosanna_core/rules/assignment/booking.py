"""What a booking does to a calendar. Times long gone are dropped, so that a calendar stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY

if TYPE_CHECKING:
    from hosanna_core.model.ids import JobId, Millis
    from hosanna_core.model.schedule import Calendar, Visit

FORGOTTEN_AFTER: Final[Millis] = 15 * DAY
"""A visit that ended longer ago is not kept: no rule looks back further than two weeks."""


def book(calendar: Calendar, visit: Visit, now: Millis) -> Calendar:
    """The calendar's next state with *visit* in place of any other visit of the same job."""
    kept = [other for other in calendar.visits if other.job_id != visit.job_id]
    return _next(calendar, (*kept, visit), now)


def free(calendar: Calendar, job_id: JobId, now: Millis) -> Calendar:
    """The calendar's next state without any visit of *job_id*."""
    return _next(calendar, tuple(visit for visit in calendar.visits if visit.job_id != job_id), now)


def _next(calendar: Calendar, visits: tuple[Visit, ...], now: Millis) -> Calendar:
    kept = sorted(
        (visit for visit in visits if visit.window.end > now - FORGOTTEN_AFTER),
        key=lambda visit: (visit.window, visit.job_id),
    )
    return msgspec.structs.replace(calendar, version=calendar.version + 1, visits=tuple(kept))

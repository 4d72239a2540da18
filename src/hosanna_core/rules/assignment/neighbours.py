"""What stands round a window in a calendar: the visits in the way, and those before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from hosanna_core.model.ids import HOUR, JobId, Millis
from hosanna_core.model.schedule import Visit
from hosanna_core.model.travel import Leg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hosanna_core.model.schedule import Window
    from hosanna_core.rules.assignment.hours import Day

NIGHT: Final[Millis] = 10 * HOUR
"""Whoever has so long between two visits goes home in between: they are no neighbours on the road."""


class Around(msgspec.Struct, frozen=True, gc=False):
    """The visits in the way of a window, its neighbours on the road, and all the visits of its days.

    A neighbour is what ended last before it, or begins first after it, and is no night away.
    """

    clashes: tuple[Visit, ...] = ()
    before: Visit | None = None
    after: Visit | None = None
    close: Sequence[Visit] = ()


class Road(msgspec.Struct, frozen=True, gc=False):
    """The way from a place to the job, and from the job on to it; None: it is not known."""

    there: Leg | None = None
    back: Leg | None = None


Roads: TypeAlias = "Mapping[JobId, Road]"
"""The roads between visits, by their jobs, and the job that is asked about."""
UNKNOWN: Final = Road()
NOTHING_AROUND: Final = Around()


def seconds_of(leg: Leg | None) -> int:
    """How long a way takes; one that is not known takes no time."""
    return 0 if leg is None else leg.seconds


def around(visits: Iterable[Visit], window: Window, job_id: JobId | None, days: Sequence[Day]) -> Around:
    """What stands round *window*, which touches *days*; the visit of *job_id* itself does not count.

    >>> from hosanna_core.model.schedule import Window
    >>> from hosanna_core.rules.assignment.hours import days_of
    >>> early, late = Visit("a", Window(0, 5)), Visit("b", Window(8, 9))
    >>> found = around([early, late], Window(6, 7), None, days_of(6, 7, "UTC"))
    >>> found.before == early, found.after == late, found.clashes
    (True, True, ())
    """
    start, end = window.start, window.end
    dawn, dusk = start - NIGHT, end + NIGHT
    first, last = min(dawn, days[0].start), max(dusk, days[-1].end)
    # Most of a calendar is far away: it is passed over as quickly as can be.
    close = [
        visit
        for visit in visits
        if visit.window.end > first and visit.window.start < last and visit.job_id != job_id
    ]
    before = after = None
    clashes: list[Visit] = []
    for visit in close:
        span = visit.window
        if span.end <= start:
            if span.end > dawn:
                before, dawn = visit, span.end
        elif span.start >= end:
            if span.start < dusk:
                after, dusk = visit, span.start
        else:
            clashes.append(visit)
    return Around(tuple(clashes), before, after, close)


def neighbours_of(surroundings: Iterable[Around]) -> Iterator[JobId]:
    """The jobs whose sites decide how far it is: of each those before and after, and what is in the way."""
    for each in surroundings:
        for visit in (each.before, each.after, *each.clashes):
            if visit is not None:
                yield visit.job_id

"""When somebody could take a visit: the nearest or earliest window in which every hard rule holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, MINUTE, Millis
from hosanna_core.model.schedule import Window
from hosanna_core.rules.assignment.fit import Wanted, findings, on_the_road, surroundings_of
from hosanna_core.rules.assignment.hours import days_of, shifts_between
from hosanna_core.rules.assignment.neighbours import UNKNOWN, Roads, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.schedule import Calendar

HORIZON: Final = 14 * DAY
"""How far ahead windows are looked for."""
TIMELY: Final = frozenset({"hours", "time_off", "overlap", "travel", "daily_maximum"})
"""The rules that another time may satisfy."""


def nearest(
    calendar: Calendar, wanted: Wanted, length: Millis, roads: Roads, now: Millis, since: Millis
) -> Window | None:
    """The window of *length* whose start is nearest to *since*, from *now* to `HORIZON` after it; the earlier of two.

    None where there is none in that time. With *since* = *now* it is the earliest.
    """
    span = Window(max(now, since - HORIZON), max(now, since) + HORIZON)
    starts = {
        start for start in _starts(calendar, wanted, length, roads, span) if span.start <= start < span.end
    }
    for start in sorted({*starts, span.start}, key=lambda at: (abs(at - since), at)):
        window = Window(start, start + length)
        asked = msgspec.structs.replace(wanted, window=window)
        surroundings = surroundings_of(calendar, asked)
        found = on_the_road(findings(calendar, asked, surroundings, now), asked, surroundings, roads)
        if all(each.holds for each in found):
            return window
    return None


def _starts(
    calendar: Calendar, wanted: Wanted, length: Millis, roads: Roads, span: Window
) -> Iterator[Millis]:
    """Where free time begins, and what begins so late that it ends with it: in whole minutes.

    The latest start before something is nearest to what lies behind it.
    """
    available = calendar.availability
    opens: list[Millis] = [span.start]
    closes: list[Millis] = []
    for shift in shifts_between(available, span.start, span.end):
        opens.append(shift.start)
        closes.append(shift.end)
    for off in available.time_off:
        opens.append(off.end)
        closes.append(off.start)
    for day in days_of(span.start, span.end, available.timezone):
        opens.append(day.start)
        closes.append(day.end)
    for visit in calendar.visits:
        if visit.job_id == wanted.job_id:
            continue
        road = roads.get(visit.job_id, UNKNOWN)
        opens += (visit.window.end, visit.window.end + seconds_of(road.there) * 1000)
        closes += (visit.window.start, visit.window.start - seconds_of(road.back) * 1000)
    yield from (-(-at // MINUTE) * MINUTE for at in opens)
    yield from ((at - length) // MINUTE * MINUTE for at in closes)
    if wanted.window is not None:
        yield wanted.window.start

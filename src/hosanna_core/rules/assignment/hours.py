"""Working hours: local time, daylight saving, and the days that a window touches."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hosanna_core.model.schedule import WEEKDAYS, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.schedule import Availability

_MINUTES_A_DAY = 24 * 60


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name; raises KeyError (ZoneInfoNotFoundError) or ValueError for anything else.

    UTC is always known; the others come from the system, or from the package `tzdata`.
    """
    return UTC if name == "UTC" else ZoneInfo(name)


def local_day(at: Millis, timezone: str) -> date:
    """The day on which an instant falls where the technician lives."""
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(zone(timezone)).date()


def last_day(window: Window, timezone: str) -> date:
    """The day of the last instant that belongs to *window*."""
    return local_day(max(window.start, window.end - 1), timezone)


def shifts(availability: Availability, window: Window) -> list[Window]:
    """The working hours around *window* as instants, in order, those that touch joined into one.

    A clock that is put forward or back makes the day's hours shorter or longer, as the clock on the wall says.
    """
    joined: list[Window] = []
    for shift in sorted(_shifts(availability, window)):
        if joined and shift.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, shift.end))
        else:
            joined.append(shift)
    return joined


def _shifts(availability: Availability, window: Window) -> Iterator[Window]:
    day = local_day(window.start, availability.timezone) - timedelta(days=1)
    end = last_day(window, availability.timezone) + timedelta(days=1)
    while day <= end:
        for start, stop in availability.hours.get(WEEKDAYS[day.weekday()], ()):
            opens, closes = (_instant(day, minutes, availability.timezone) for minutes in (start, stop))
            if opens < closes:
                yield Window(opens, closes)
        day += timedelta(days=1)


def _instant(day: date, minutes: int, timezone: str) -> Millis:
    days, rest = divmod(minutes, _MINUTES_A_DAY)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone(timezone))
    return int(local.timestamp()) * 1000


def inside_hours(availability: Availability, window: Window) -> bool:
    """Whether the whole window lies within working hours; no hours at all means always.

    >>> from hosanna_core.model.schedule import Availability
    >>> inside_hours(Availability(), Window(0, 1))
    True
    """
    if not availability.hours:
        return True
    return any(
        shift.start <= window.start and window.end <= shift.end for shift in shifts(availability, window)
    )

"""Working hours: local time, daylight saving, and the days that a window touches."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from hosanna_core.model.ids import Millis
from hosanna_core.model.schedule import WEEKDAYS, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_core.model.schedule import Availability

_MINUTES_A_DAY = 24 * 60
_REMEMBERED: Final = 8192
"""How many answers about instants are kept: whoever looks at a crew asks the same for each of them."""
Hours: TypeAlias = tuple[tuple[str, tuple[tuple[int, int], ...]], ...]


class Day(msgspec.Struct, frozen=True):
    """A day where somebody lives, and the instants [start, end) that belong to it."""

    date: date
    start: Millis
    end: Millis


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name; raises KeyError (ZoneInfoNotFoundError) or ValueError for anything else.

    UTC is always known; the others come from the system, or from the package `tzdata`.
    """
    return UTC if name == "UTC" else ZoneInfo(name)


@lru_cache(maxsize=_REMEMBERED)
def local_day(at: Millis, timezone: str) -> date:
    """The day on which an instant falls where the technician lives."""
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(zone(timezone)).date()


@lru_cache(maxsize=_REMEMBERED)
def day_text(at: Millis, timezone: str) -> str:
    """`local_day` as YYYY-MM-DD."""
    return local_day(at, timezone).isoformat()


def last_day(window: Window, timezone: str) -> date:
    """The day of the last instant that belongs to *window*."""
    return local_day(max(window.start, window.end - 1), timezone)


@lru_cache(maxsize=_REMEMBERED)
def days_of(start: Millis, end: Millis, timezone: str) -> tuple[Day, ...]:
    """The days that [*start*, *end*) touches, in order."""
    first, last = local_day(start, timezone), local_day(max(start, end - 1), timezone)
    dates = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return tuple(
        Day(day, _instant(day, 0, timezone), _instant(day, _MINUTES_A_DAY, timezone)) for day in dates
    )


@lru_cache(maxsize=_REMEMBERED)
def clock(at: Millis, timezone: str, day: date | None = None) -> str:
    """What the clock on the wall shows there, with the date unless it is that of *day*.

    >>> clock(0, "Europe/Vienna"), clock(0, "Europe/Vienna", date(1970, 1, 1))
    ('1970-01-01 01:00', '01:00')
    """
    local = datetime.fromtimestamp(at // 1000, UTC).astimezone(zone(timezone))
    return f"{local:%H:%M}" if local.date() == day else f"{local.date().isoformat()} {local:%H:%M}"


def shifts(availability: Availability, window: Window) -> list[Window]:
    """The working hours around *window* as instants, in order, those that touch joined into one.

    A clock that is put forward or back makes the day's hours shorter or longer, as the clock on the wall says.
    """
    return list(shifts_between(availability, window.start, window.end))


def shifts_between(availability: Availability, start: Millis, end: Millis) -> tuple[Window, ...]:
    """`shifts`, for those who ask often: of one and the same hours it is worked out once."""
    timezone = availability.timezone
    return joined(tuple(availability.hours.items()), start, end, timezone)


@lru_cache(maxsize=_REMEMBERED)
def joined(hours: Hours, start: Millis, end: Millis, timezone: str) -> tuple[Window, ...]:
    """The shifts of the days round [*start*, *end*), in order, those that touch joined into one."""
    first, last = local_day(start, timezone), local_day(max(start, end - 1), timezone)
    joined: list[Window] = []
    for shift in sorted(_shifts(dict(hours), first, last, timezone)):
        if joined and shift.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, shift.end))
        else:
            joined.append(shift)
    return tuple(joined)


def _shifts(
    hours: dict[str, tuple[tuple[int, int], ...]], first: date, last: date, timezone: str
) -> Iterator[Window]:
    day, end = first - timedelta(days=1), last + timedelta(days=1)
    while day <= end:
        for start, stop in hours.get(WEEKDAYS[day.weekday()], ()):
            opens, closes = (_instant(day, minutes, timezone) for minutes in (start, stop))
            if opens < closes:
                yield Window(opens, closes)
        day += timedelta(days=1)


@lru_cache(maxsize=_REMEMBERED)
def _instant(day: date, minutes: int, timezone: str) -> Millis:
    days, rest = divmod(minutes, _MINUTES_A_DAY)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone(timezone))
    return _second(local) * 1000


def _second(local: datetime) -> int:
    """The second at which a clock shows a time, the first of two; of a time that it leaps over, when it leaps."""
    later = local.replace(fold=1)
    offset = later.utcoffset()
    if offset == local.utcoffset():
        return int(local.timestamp())
    # Of a time that is leapt over the later reading is the earlier instant: the leap lies in between.
    seconds = range(int(later.timestamp()), int(local.timestamp()) + 1)
    if not seconds:
        return int(local.timestamp())
    return seconds[
        bisect_left(
            seconds, True, key=lambda at: datetime.fromtimestamp(at, local.tzinfo).utcoffset() == offset
        )
    ]

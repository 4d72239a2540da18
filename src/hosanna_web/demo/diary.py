"""When technicians are free: visits begin on the hour, on working days, and none overlaps another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import DAY, HOUR, MINUTE, Millis, UserId
from hosanna_core.model.schedule import Window

if TYPE_CHECKING:
    from datetime import date

UTC_IS_AHEAD: Final[Millis] = 6 * HOUR
"""Of Austin in winter. A demonstration does without daylight saving."""
_OPENS: Final = 8
_CLOSES: Final = 17
_FRIDAY: Final = 4
_EPOCH_DAY: Final = 719_163
_EPOCH_WEEKDAY: Final = 3


def at(day: date, hour: float) -> Millis:
    """An hour of a day, by the clock on the wall.

    >>> from datetime import date
    >>> at(date(1970, 1, 1), 8.5) == 14 * HOUR + 30 * MINUTE
    True
    """
    return (day.toordinal() - _EPOCH_DAY) * DAY + int(hour * HOUR) + UTC_IS_AHEAD


class Diary:
    """The next free time of everybody. It only moves on: what is cancelled is not given to somebody else."""

    def __init__(self) -> None:
        self._free_from: dict[UserId, Millis] = {}

    def book(self, technician_id: UserId, earliest: Millis, minutes: int) -> Window:
        """The first visit of *minutes* that the technician can make, not before *earliest*."""
        start = opening(max(earliest, self._free_from.get(technician_id, 0)), minutes)
        window = Window(start, start + minutes * MINUTE)
        self._free_from[technician_id] = window.end
        return window


def opening(earliest: Millis, minutes: int) -> Millis:
    """The first full hour of working time from which *minutes* are left of the day, or the day's first hour.

    >>> from datetime import date
    >>> opening(at(date(2014, 1, 3), 16.5), 60) == at(date(2014, 1, 6), 8)
    True
    """
    hour = -((UTC_IS_AHEAD - earliest) // HOUR)
    longest = min(minutes, (_CLOSES - _OPENS) * 60)
    while True:
        day, of_day = divmod(hour, 24)
        weekday = (day + _EPOCH_WEEKDAY) % 7
        if weekday <= _FRIDAY and of_day >= _OPENS and of_day * 60 + longest <= _CLOSES * 60:
            return hour * HOUR + UTC_IS_AHEAD
        hour += 1

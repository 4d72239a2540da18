"""A day of the office: from midnight to midnight where it is, 23 or 25 hours long when the clock changes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec

from hosanna_core.model.ids import Millis
from hosanna_core.model.schedule import Window
from hosanna_core.rules.assignment.hours import zone


class Day(msgspec.Struct, frozen=True):
    """A date, and the instants [start, end) that it has in *timezone*."""

    date: str
    timezone: str
    start: Millis
    end: Millis

    @property
    def window(self) -> Window:
        """All of it."""
        return Window(self.start, self.end)

    def holds(self, at: Millis) -> bool:
        """Whether an instant belongs to it."""
        return self.start <= at < self.end


def day_of(day: date, timezone: str) -> Day:
    """The day of a date.

    >>> from datetime import date
    >>> spring = day_of(date(2026, 3, 8), "America/Chicago")
    >>> (spring.end - spring.start) // 3_600_000
    23
    """
    return Day(day.isoformat(), timezone, _midnight(day, timezone), _midnight(day + timedelta(1), timezone))


def _midnight(day: date, timezone: str) -> Millis:
    return int(datetime.combine(day, time(), zone(timezone)).timestamp()) * 1000

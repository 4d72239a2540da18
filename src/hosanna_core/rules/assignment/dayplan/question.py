"""What a plan of a day is asked about: jobs, a crew, and everything that weighs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hosanna_core.model.dayplan import DayPlan, Pinned
from hosanna_core.model.firm import Firm
from hosanna_core.model.ids import MINUTE, JobId, Millis, UserId
from hosanna_core.model.job import Job
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.dayplan.day import Day

SECOND: Final[Millis] = 1_000
UNIT: Final = 100
"""What a second of a technician's time costs a planner: fairness is a part of it."""
A_MINUTE: Final = 60 * UNIT
"""What a minute costs: the weights of the settings are minutes."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One day, its *jobs*, and the *calendars* of the crew.

    *sites* tells where the jobs are that the calendars name, *known* who served a job's customer or site before,
    *before* is the plan that this one goes on from.
    """

    day: Day
    now: Millis
    firm: Firm
    jobs: tuple[Job, ...]
    calendars: tuple[Calendar, ...]
    pins: Mapping[JobId, Pinned] = {}
    sites: Mapping[JobId, Point | None] = {}
    known: Mapping[JobId, frozenset[UserId]] = {}
    before: DayPlan | None = None

    @property
    def crew(self) -> tuple[UserId, ...]:
        """The technicians by their positions."""
        return tuple(calendar.technician_id for calendar in self.calendars)

    @property
    def earliest(self) -> Millis:
        """When anything may begin: a day that has begun goes on from now, to the next whole minute."""
        return (
            max(self.day.start, -(-self.now // MINUTE) * MINUTE)
            if self.day.holds(self.now)
            else self.day.start
        )

    def reading(self, at: Millis, *, late: bool = False) -> int:
        """An instant in seconds since the day began: those before it are negative. *late*: rounded up."""
        since = at - self.day.start
        return -(-since // SECOND) if late else since // SECOND

    def instant(self, reading: int) -> Millis:
        """The instant of a reading."""
        return self.day.start + reading * SECOND

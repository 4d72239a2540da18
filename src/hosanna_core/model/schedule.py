"""Time that work occupies, and the calendar of a technician: what the hard rules judge."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import JobId, Millis, UserId, Version
from hosanna_core.model.travel import Point

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Window(msgspec.Struct, frozen=True, order=True, gc=False):
    """A stretch of time, [start, end): two that only touch do not overlap."""

    start: Millis
    end: Millis

    def overlaps(self, other: Window) -> bool:
        """Whether an instant belongs to both.

        >>> Window(0, 10).overlaps(Window(10, 20)), Window(0, 11).overlaps(Window(10, 20))
        (False, True)
        """
        return self.start < other.end and other.start < self.end


class Visit(msgspec.Struct, frozen=True, gc=False):
    """A booking in a technician's calendar. *override* tells that it was made against the rules, on purpose."""

    job_id: JobId
    window: Window
    override: bool = False


class Skill(msgspec.Struct, frozen=True, gc=False):
    """A skill or licence held; *expires_on* (YYYY-MM-DD) is the last day on which it counts."""

    name: str
    level: int | None = None
    expires_on: str | None = None


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """When a technician works. No hours at all: always available.

    *hours* has for each weekday (mon to sun) its stretches of local time as minutes since midnight, [start, end),
    1440 for the end of the day; a weekday that is not named is free.
    """

    timezone: str = "UTC"
    hours: dict[str, tuple[tuple[int, int], ...]] = {}
    time_off: tuple[Window, ...] = ()
    home: Point | None = None
    """Where the day begins and ends."""
    daily_maximum: int | None = None
    skills: tuple[Skill, ...] = ()
    service_area_km: float | None = None
    """How far from home they are sent, as the crow flies; None: anywhere."""


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """One technician's bookings beside all that decides whether another one fits.

    Every booking writes it in the same commit as the job: of two that race one loses, on every store.
    """

    technician_id: UserId
    version: Version
    active: bool
    technician: bool = True
    """False: the account has another role by now, and is not *active* here for that."""
    availability: Availability = Availability()
    visits: tuple[Visit, ...] = ()

"""What the office sees of its technicians."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import UserId
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import User
from hosanna_core.model.schedule import Availability, Calendar, Skill
from hosanna_core.model.travel import Point


class TechnicianDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the roster."""

    id: UserId
    full_name: str
    email: str
    phone: str | None
    skills: tuple[Skill, ...]


class TimeOffDocument(msgspec.Struct, frozen=True):
    """Time away, [start, end), in RFC 3339."""

    start: str
    end: str


class AvailabilityDocument(msgspec.Struct, frozen=True, kw_only=True):
    """When and for what a technician can be booked; hours are local times of day."""

    timezone: str
    hours: dict[str, list[tuple[str, str]]]
    time_off: list[TimeOffDocument]
    home: Point | None
    daily_maximum: int | None
    skills: tuple[Skill, ...]
    service_area_km: float | msgspec.UnsetType = msgspec.UNSET
    """Shown only where it is set, so that what is put reads back the same."""


def technician_document(user: User, calendar: Calendar | None) -> TechnicianDocument:
    """How a technician stands in the roster."""
    skills = calendar.availability.skills if calendar else ()
    return TechnicianDocument(
        id=user.id, full_name=user.full_name, email=user.email, phone=user.phone, skills=skills
    )


def availability_document(availability: Availability) -> AvailabilityDocument:
    """How availability looks outside: in the same form in which it is put."""
    return AvailabilityDocument(
        timezone=availability.timezone,
        hours={
            day: [(clock(start), clock(end)) for start, end in shifts]
            for day, shifts in availability.hours.items()
        },
        time_off=[TimeOffDocument(to_text(off.start), to_text(off.end)) for off in availability.time_off],
        home=availability.home,
        daily_maximum=availability.daily_maximum,
        skills=availability.skills,
        service_area_km=msgspec.UNSET
        if availability.service_area_km is None
        else availability.service_area_km,
    )


def clock(minutes: int) -> str:
    """Minutes since midnight as a time of day; 1440 is '24:00'."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"

"""A technician's visits as iCalendar (RFC 5545), for the calendars of telephones and offices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Calendar, Event, vGeo

from hosanna_core.model.instants import to_millis
from hosanna_core.model.status import Status
from hosanna_core.rules.assignment.hours import zone

if TYPE_CHECKING:
    from datetime import tzinfo

    from hosanna_core.model.documents import JobDocument
    from hosanna_core.usecases.calendar_links import Agenda

MEDIA_TYPE: Final = b"text/calendar; charset=utf-8"
REFRESH: Final = timedelta(minutes=15)


def calendar_of(agenda: Agenda) -> bytes:
    """All visits, by the technician's own clocks, with what a calendar needs to follow a change of them."""
    calendar = Calendar()
    calendar.add("prodid", "-//Hosanna//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Visits of {agenda.name}")
    calendar.add("x-wr-timezone", agenda.timezone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    clocks = zone(agenda.timezone)
    for job in agenda.jobs:
        if job.window is not None:
            calendar.add_component(_event(job, job.window.start, job.window.end, clocks))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(job: JobDocument, start: str, end: str, clocks: tzinfo) -> Event:
    event = Event()
    # The id says that it is the same visit, the sequence which of two is the newer.
    event.add("uid", f"{job.id}@hosanna")
    event.add("sequence", job.version)
    event.add("dtstamp", _at(job.updated_at))
    event.add("created", _at(job.created_at))
    event.add("last-modified", _at(job.updated_at))
    event.add("dtstart", _by_the_clock(start, clocks))
    event.add("dtend", _by_the_clock(end, clocks))
    event.add("summary", f"{job.number} {job.title}")
    event.add("location", _place(job))
    event.add("description", _words(job, clocks))
    event.add("status", "CANCELLED" if job.status is Status.CANCELLED else "CONFIRMED")
    if job.site.latitude is not None and job.site.longitude is not None:
        event.add("geo", vGeo((job.site.latitude, job.site.longitude)))
    return event


def _by_the_clock(text: str, clocks: tzinfo) -> datetime:
    """By the clocks; in UTC where they were just put back: by them it would be the hour before (RFC 5545, 3.3.5)."""
    at = _at(text)
    local = at.astimezone(clocks)
    return at if local.fold else local


def _place(job: JobDocument) -> str:
    site = job.site
    return ", ".join(part for part in (site.street, site.postal_code, site.city) if part)


def _words(job: JobDocument, clocks: tzinfo) -> str:
    customer = " ".join(part for part in (job.customer.name, job.customer.phone) if part)
    promised = job.arrival_window
    told = [f"{job.status.replace('_', ' ')}, {job.priority}", customer]
    if promised is not None:
        start, end = (_at(each).astimezone(clocks) for each in (promised.start, promised.end))
        told.append(f"Promised between {start:%H:%M} and {end:%H:%M}")
    return "\n".join([*told, *([job.description] if job.description else [])])


def _at(text: str) -> datetime:
    return datetime.fromtimestamp(to_millis(text) / 1000, UTC).replace(microsecond=0)

"""The address of a technician's calendar, and the calendar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import NotFound, PermissionDenied
from hosanna_core.usecases import calendar_links
from hosanna_core.usecases.calendar_links import CalendarLink
from hosanna_core.usecases.queries import NoQuery
from hosanna_web.agenda import MEDIA_TYPE, calendar_of
from hosanna_web.api.answers import NOTHING, document
from hosanna_web.api.operations import BASE, Operation
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call


def make(call: Call) -> Reply:
    """Another address, which is shown this once."""
    made = calendar_links.make_calendar_link(
        call.ports, call.actor, call.id, call.body, call.origin, once=call.once
    )
    return document(made, 201)


def revoke(call: Call) -> Reply:
    """No address any more."""
    calendar_links.revoke_calendar_link(call.ports, call.actor, call.id, call.body, call.origin)
    return NOTHING


def read(call: Call) -> Reply:
    """The calendar at an address."""
    agenda = calendar_links.agenda_at(call.ports, call.path["file"], call.query, call.origin)
    return Reply(calendar_of(agenda), media_type=MEDIA_TYPE)


_route = partial(Operation, area="integrations")
CALENDARS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/technicians/{id}/calendar-link",
        name="make_calendar_link",
        summary="Make a secret address of a technician's calendar, in the place of the one before",
        run=make,
        status=201,
        answer=CalendarLink,
        body=(NoQuery,),
        once=True,
        refusals=(PermissionDenied, NotFound),
    ),
    _route(
        method="DELETE",
        path=BASE + "/technicians/{id}/calendar-link",
        name="revoke_calendar_link",
        summary="Revoke the address of a technician's calendar",
        run=revoke,
        status=204,
        body=(NoQuery,),
        refusals=(PermissionDenied, NotFound),
    ),
    _route(
        method="GET",
        path="/calendar/{file}",
        name="read_calendar",
        summary="Read a technician's visits as iCalendar, at their secret address",
        run=read,
        media_type=MEDIA_TYPE.decode(),
        public=True,
        limited=True,
        refusals=(NotFound,),
    ),
)

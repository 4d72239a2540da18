"""Decisions about users: accounts and roles, the Administrators' guard, and the calendar of a technician."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.change import Change, Seat
from hosanna_core.model.event import Address, Event, Ref
from hosanna_core.model.people import Revoked, Role, User
from hosanna_core.model.schedule import Calendar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.schedule import Availability
    from hosanna_core.model.session import SessionId


MOST_REVOKED: Final = 200
"""Who ends more single sessions within the life of an access token ends all: the list is read at every request."""


def _administers(user: User | None) -> bool:
    return user is not None and user.active and user.role is Role.ADMINISTRATOR


def _works_in_the_field(user: User) -> bool:
    return user.active and user.role is Role.TECHNICIAN


def changed(
    before: User | None,
    after: User,
    kind: str,
    calendar: Calendar | None,
    *,
    actor_id: UserId | None,
    availability: Availability | None = None,
    **parts: Any,
) -> Change[User]:
    """The change from one state of a user to the next, with the guard's seat and the calendar that follow from it.

    *calendar* is the user's present one, if there is one; *availability* what it becomes. *parts* are further
    parts of the `Change`.
    """
    seat = None
    if _administers(before) != _administers(after):
        seat = Seat(after.id, joins=_administers(after))
    fields = tuple(
        name
        for name in ("email", "full_name", "phone", "role", "active", "preferences")
        if before is None or getattr(before, name) != getattr(after, name)
    )
    event = Event(
        key=f"user|{after.id}|{after.version}|0",
        kind=kind,
        subject=Ref("user", after.id),
        version=after.version,
        at=after.updated_at,
        actor_id=actor_id,
        fields=fields if availability is None else (*fields, "availability"),
        to=(Address(user_id=after.id), Address(role=Role.ADMINISTRATOR)),
    )
    return Change(
        root=after,
        expected=None if before is None else before.version,
        events=(event,),
        calendars=_calendars(after, calendar, availability),
        seat=seat,
        **parts,
    )


def _calendars(
    user: User, calendar: Calendar | None, availability: Availability | None
) -> tuple[Calendar, ...]:
    """A technician's calendar is made with the technician and knows whether they may be booked."""
    active, technician = _works_in_the_field(user), user.role is Role.TECHNICIAN
    if calendar is None:
        if not technician:
            return ()
        made = Calendar(technician_id=user.id, version=1, active=active)
        return (made if availability is None else msgspec.structs.replace(made, availability=availability),)
    if (calendar.active, calendar.technician) == (active, technician) and availability is None:
        return ()
    after = msgspec.structs.replace(
        calendar,
        version=calendar.version + 1,
        active=active,
        technician=technician,
        availability=calendar.availability if availability is None else availability,
    )
    return (after,)


def revised(
    user: User, now: Millis, values: Mapping[str, Any] | None = None, *, ends_sessions: bool = False
) -> User:
    """The user's next state. Ending the sessions makes every older token useless."""
    stays = not values or (values.get("role", user.role) is user.role and values.get("active", user.active))
    # Whoever is another, or shut out, leaves no address of their calendar behind.
    wanted = {"calendar_hash": user.calendar_hash if stays else b"", **(values or {})}
    version = user.version + 1
    after = msgspec.structs.replace(
        user,
        version=version,
        updated_at=max(now, user.updated_at),
        role_since=user.role_since if wanted.get("role", user.role) is user.role else version,
        revoked=tuple(each for each in user.revoked if each.until > now),
        **wanted,
    )
    return _without_sessions(after) if ends_sessions else after


def without_session(user: User, session_id: SessionId, now: Millis, until: Millis) -> User:
    """The user's next state, with one session ended whose last access token is dead by *until*."""
    after = revised(user, now)
    if len(after.revoked) >= MOST_REVOKED:
        return _without_sessions(after)
    return msgspec.structs.replace(after, revoked=(*after.revoked, Revoked(session_id, until)))


def _without_sessions(user: User) -> User:
    return msgspec.structs.replace(user, session_epoch=user.session_epoch + 1, revoked=())

"""Users, and the technicians among them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import EmailTaken, LastAdministrator, NotFound, PermissionDenied, UserErased
from hosanna_core.model.documents import UserDocument, user_document
from hosanna_core.model.roster import AvailabilityDocument, availability_document
from hosanna_core.usecases import roster, users
from hosanna_core.usecases.queries import NoQuery, TechniciansQuery, UsersQuery
from hosanna_core.usecases.user_forms import AccountForm, AvailabilityForm, RoleForm, UserForm
from hosanna_web.api.answers import TechnicianList, UserList, document, user_reply
from hosanna_web.api.operations import BASE, Lane, Operation
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call


def create(call: Call) -> Reply:
    """Make a user who may log in at once."""
    user = users.create_user(call.ports, call.actor, call.body, call.origin, once=call.once)
    location = f"{call.arrival.path}/{user.id}".encode()
    return document(user_document(user), 201, ((b"location", location),))


def page(call: Call) -> Reply:
    """A page of the users."""
    found, cursor = users.list_users(call.ports, call.actor, call.query)
    return document(UserList([user_document(user) for user in found], cursor))


def get(call: Call) -> Reply:
    """One user."""
    return user_reply(users.get_user(call.ports, call.actor, call.id, call.query))


def edit(call: Call) -> Reply:
    """Change a user's address, name, phone or preferences."""
    return user_reply(users.edit_user(call.ports, call.actor, call.id, call.body, call.origin))


def set_role(call: Call) -> Reply:
    """Give a user another role."""
    return user_reply(users.set_role(call.ports, call.actor, call.id, call.body, call.origin))


def activate(call: Call) -> Reply:
    """Let a user in."""
    return _active(call, active=True)


def deactivate(call: Call) -> Reply:
    """Shut a user out."""
    return _active(call, active=False)


def _active(call: Call, *, active: bool) -> Reply:
    user = users.set_active(
        call.ports, call.actor, call.id, active=active, body=call.body, origin=call.origin, once=call.once
    )
    return user_reply(user)


def technicians(call: Call) -> Reply:
    """A page of the roster."""
    found, cursor = roster.list_technicians(call.ports, call.actor, call.query)
    return document(TechnicianList(found, cursor))


def availability(call: Call) -> Reply:
    """When and for what a technician can be booked."""
    found = users.get_availability(call.ports, call.actor, call.id, call.query)
    return document(availability_document(found))


def set_availability(call: Call) -> Reply:
    """Put a technician's availability whole."""
    put = users.set_availability(call.ports, call.actor, call.id, call.body)
    return document(availability_document(put))


_MANAGED: Final = (PermissionDenied, NotFound)
_route = partial(Operation, area="users")
USERS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/users",
        name="create_user",
        summary="Make a user who may log in at once",
        run=create,
        status=201,
        answer=UserDocument,
        body=(UserForm,),
        once=True,
        located=True,
        refusals=(*_MANAGED, EmailTaken),
        where=Lane.HASHING,
    ),
    _route(
        method="GET",
        path=BASE + "/users",
        name="list_users",
        summary="List the users",
        run=page,
        answer=UserList,
        query=UsersQuery,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="GET",
        path=BASE + "/users/{id}",
        name="get_user",
        summary="Read a user",
        run=get,
        answer=UserDocument,
        refusals=_MANAGED,
    ),
    _route(
        method="PATCH",
        path=BASE + "/users/{id}",
        name="edit_user",
        summary="Change a user's address, name, phone or preferences (merge patch)",
        run=edit,
        answer=UserDocument,
        body=(AccountForm,),
        refusals=(*_MANAGED, EmailTaken, UserErased),
    ),
    _route(
        method="PUT",
        path=BASE + "/users/{id}/role",
        name="set_role",
        summary="Give a user another role, which ends their sessions",
        run=set_role,
        answer=UserDocument,
        body=(RoleForm,),
        refusals=(*_MANAGED, LastAdministrator, UserErased),
    ),
    _route(
        method="POST",
        path=BASE + "/users/{id}/activate",
        name="activate_user",
        summary="Let a user in",
        run=activate,
        answer=UserDocument,
        body=(NoQuery,),
        once=True,
        refusals=(*_MANAGED, UserErased),
    ),
    _route(
        method="POST",
        path=BASE + "/users/{id}/deactivate",
        name="deactivate_user",
        summary="Shut a user out at once",
        run=deactivate,
        answer=UserDocument,
        body=(NoQuery,),
        once=True,
        refusals=(*_MANAGED, LastAdministrator, UserErased),
    ),
    _route(
        method="GET",
        path=BASE + "/technicians",
        name="list_technicians",
        summary="List the active technicians, by skill and by who is free",
        run=technicians,
        answer=TechnicianList,
        query=TechniciansQuery,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="GET",
        path=BASE + "/technicians/{id}/availability",
        name="get_availability",
        summary="Read when and for what a technician can be booked",
        run=availability,
        answer=AvailabilityDocument,
        refusals=_MANAGED,
    ),
    _route(
        method="PUT",
        path=BASE + "/technicians/{id}/availability",
        name="set_availability",
        summary="Put a technician's availability whole",
        run=set_availability,
        answer=AvailabilityDocument,
        body=(AvailabilityForm,),
        refusals=_MANAGED,
    ),
)

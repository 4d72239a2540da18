"""Users, and the technicians among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.documents import user_document
from hosanna_core.model.roster import availability_document
from hosanna_core.usecases import roster, users
from hosanna_web.api.answers import TechnicianList, UserList, document, user_reply
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call


def create(call: Call) -> Reply:
    """Make a user who may log in at once."""
    user = users.create_user(call.ports, call.actor, call.body, once=call.once)
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
    return user_reply(users.edit_user(call.ports, call.actor, call.id, call.body))


def set_role(call: Call) -> Reply:
    """Give a user another role."""
    return user_reply(users.set_role(call.ports, call.actor, call.id, call.body))


def activate(call: Call) -> Reply:
    """Let a user in."""
    return _active(call, active=True)


def deactivate(call: Call) -> Reply:
    """Shut a user out."""
    return _active(call, active=False)


def _active(call: Call, *, active: bool) -> Reply:
    user = users.set_active(call.ports, call.actor, call.id, active=active, body=call.body, once=call.once)
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

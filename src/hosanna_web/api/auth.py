"""Coming in, and one's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.usecases import access, users
from hosanna_core.usecases.access import Registration
from hosanna_web.api.answers import Registered, document, user_reply

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def register(call: Call) -> Reply:
    """Ask for an account."""
    access.register(call.ports, call.body, call.registration)
    return document(Registered("active" if call.registration is Registration.OPEN else "pending"), 201)


def log_in(call: Call) -> Reply:
    """An access token for an address and a password."""
    return document(access.log_in(call.ports, call.body))


def own_profile(call: Call) -> Reply:
    """One's own account."""
    return user_reply(access.own_profile(call.ports, call.actor, call.query))


def edit_own_profile(call: Call) -> Reply:
    """Change one's own name, phone or preferences."""
    return user_reply(users.edit_own_profile(call.ports, call.actor, call.body))

"""Coming in, and one's own account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import BadCredentials, PermissionDenied
from hosanna_core.model.documents import UserDocument
from hosanna_core.usecases import access, users
from hosanna_core.usecases.access import Login, Registration
from hosanna_core.usecases.user_forms import LoginForm, ProfileForm, RegisterForm
from hosanna_web.api.answers import Registered, document, user_reply
from hosanna_web.api.operations import BASE, Lane, Operation

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


_route = partial(Operation, area="auth")
AUTH: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/auth/register",
        name="register",
        summary="Ask for a Technician's account",
        run=register,
        status=201,
        answer=Registered,
        body=(RegisterForm,),
        public=True,
        refusals=(PermissionDenied,),
        where=Lane.HASHING,
    ),
    _route(
        method="POST",
        path=BASE + "/auth/login",
        name="log_in",
        summary="Get an access token",
        run=log_in,
        answer=Login,
        body=(LoginForm,),
        public=True,
        refusals=(BadCredentials,),
        where=Lane.HASHING,
    ),
    _route(
        method="GET",
        path=BASE + "/auth/me",
        name="get_own_profile",
        summary="Read your own account",
        run=own_profile,
        answer=UserDocument,
        where=Lane.SHORT,
    ),
    _route(
        method="PATCH",
        path=BASE + "/auth/me",
        name="edit_own_profile",
        summary="Change your own name, phone or preferences (merge patch)",
        run=edit_own_profile,
        answer=UserDocument,
        body=(ProfileForm,),
    ),
)

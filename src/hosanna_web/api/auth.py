"""Coming in, going on, and leaving; and one's own account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import (
    BadCode,
    BadCredentials,
    BadRefreshToken,
    CodeRequired,
    NotFound,
    PermissionDenied,
)
from hosanna_core.model.documents import UserDocument
from hosanna_core.usecases import access, sessions, users
from hosanna_core.usecases.access import Registration
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.sessions import Login
from hosanna_core.usecases.user_forms import LoginForm, LogoutForm, ProfileForm, RefreshForm, RegisterForm
from hosanna_web.api.answers import NOTHING, Registered, SessionList, document, user_reply
from hosanna_web.api.operations import BASE, Lane, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def register(call: Call) -> Reply:
    """Ask for an account."""
    access.register(call.ports, call.body, call.registration, call.origin)
    return document(Registered("active" if call.registration is Registration.OPEN else "pending"), 201)


def admit_register(call: Call) -> None:
    """Refuse who asked too often, before anything is hashed."""
    access.demand_register_admission(call.ports, call.origin)


def log_in(call: Call) -> Reply:
    """Tokens for an address and a password."""
    return document(access.log_in(call.ports, call.body, call.origin))


def admit_login(call: Call) -> None:
    """Refuse who tried too often, before anything is hashed."""
    access.demand_admission(call.ports, call.body, call.origin)


def refresh(call: Call) -> Reply:
    """The next tokens of a session."""
    return document(sessions.refresh(call.ports, call.body, call.origin))


def log_out(call: Call) -> Reply:
    """End the session that asks."""
    sessions.log_out(call.ports, call.actor, call.session_id, call.body, call.origin)
    return NOTHING


def log_out_everywhere(call: Call) -> Reply:
    """End all sessions of the caller."""
    sessions.log_out_everywhere(call.ports, call.actor, call.body, call.origin)
    return NOTHING


def list_sessions(call: Call) -> Reply:
    """One's own sessions."""
    return document(SessionList(sessions.list_sessions(call.ports, call.actor, call.session_id, call.query)))


def end_session(call: Call) -> Reply:
    """End one of one's own sessions."""
    sessions.end_own_session(call.ports, call.actor, call.id, call.body, call.origin)
    return NOTHING


def own_profile(call: Call) -> Reply:
    """One's own account."""
    return user_reply(access.own_profile(call.ports, call.actor, call.query))


def edit_own_profile(call: Call) -> Reply:
    """Change one's own name, phone or preferences."""
    return user_reply(users.edit_own_profile(call.ports, call.actor, call.body, call.origin))


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
        limited=True,
        admit=admit_register,
        refusals=(PermissionDenied,),
        where=Lane.HASHING,
    ),
    _route(
        method="POST",
        path=BASE + "/auth/login",
        name="log_in",
        summary="Get an access token and a refresh token",
        run=log_in,
        answer=Login,
        body=(LoginForm,),
        public=True,
        limited=True,
        admit=admit_login,
        refusals=(BadCredentials, CodeRequired, BadCode),
        where=Lane.HASHING,
    ),
    _route(
        method="POST",
        path=BASE + "/auth/refresh",
        name="refresh",
        summary="Exchange a refresh token for the next tokens",
        run=refresh,
        answer=Login,
        body=(RefreshForm,),
        public=True,
        limited=True,
        refusals=(BadRefreshToken,),
    ),
    _route(
        method="POST",
        path=BASE + "/auth/logout",
        name="log_out",
        summary="End this session",
        run=log_out,
        status=204,
        body=(LogoutForm,),
        setting_up=True,
    ),
    _route(
        method="POST",
        path=BASE + "/auth/logout-all",
        name="log_out_everywhere",
        summary="End all of your sessions",
        run=log_out_everywhere,
        status=204,
        body=(NoQuery,),
        setting_up=True,
    ),
    _route(
        method="GET",
        path=BASE + "/auth/sessions",
        name="list_sessions",
        summary="List your sessions",
        run=list_sessions,
        answer=SessionList,
    ),
    _route(
        method="DELETE",
        path=BASE + "/auth/sessions/{id}",
        name="end_session",
        summary="End one of your sessions",
        run=end_session,
        status=204,
        body=(NoQuery,),
        refusals=(NotFound,),
    ),
    _route(
        method="GET",
        path=BASE + "/auth/me",
        name="get_own_profile",
        summary="Read your own account",
        run=own_profile,
        answer=UserDocument,
        where=Lane.SHORT,
        setting_up=True,
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

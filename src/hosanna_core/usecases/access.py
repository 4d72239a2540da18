"""Coming in: registering, logging in, and who a token belongs to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import BadCredentials, EmailTaken, PermissionDenied, Unauthenticated
from hosanna_core.model.people import Actor, Duty, Role, User
from hosanna_core.ports.tokens import Claims
from hosanna_core.rules.keys import normal_email
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.user_forms import LoginForm, RegisterForm
from hosanna_core.usecases.users import new_user, store_new

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed


class Registration(StrEnum):
    """Whether people may make their own account, and whether somebody must let them in first."""

    APPROVAL = "approval"
    OPEN = "open"
    CLOSED = "closed"


class Login(msgspec.Struct, frozen=True):
    """An access token; *expires_in* is in seconds."""

    access_token: str
    token_type: str
    expires_in: int


def register(ports: Ports, body: Unparsed, mode: Registration) -> None:
    """Ask to be let in as a Technician; a known address is answered like a new one, and takes as long.

    Raises PermissionDenied where registration is closed, Unreadable, Invalid.
    """
    if mode is Registration.CLOSED:
        raise PermissionDenied(
            "registration.closed", "Registration is closed: an Administrator makes accounts."
        )
    form = body.judge(RegisterForm)
    user = new_user(
        ports,
        email=form.email,
        full_name=form.full_name,
        role=Role.TECHNICIAN,
        password=form.password,
        active=mode is Registration.OPEN,
    )
    try:
        store_new(ports, user, None)
    except EmailTaken:
        return


def log_in(ports: Ports, body: Unparsed) -> Login:
    """An access token for an address and a password. Raises BadCredentials, alike for every reason."""
    form = body.judge(LoginForm)
    user = ports.store.users.by_email(normal_email(form.email))
    known = user.password_hash if user else ports.passwords.decoy()
    fits = ports.passwords.verify(known, form.password)
    if user is None or not fits or not user.active:
        raise BadCredentials
    return _login(ports, user)


def _login(ports: Ports, user: User) -> Login:
    now = ports.outside.now()
    claims = Claims(
        user_id=user.id, epoch=user.session_epoch, issued_at=now, expires_at=now + ports.token_lifetime
    )
    return Login(ports.tokens.issue(claims), "bearer", ports.token_lifetime // 1000)


def identify(ports: Ports, token: str) -> Actor:
    """Who a token belongs to, if they may act now. Raises Unauthenticated."""
    claims = ports.tokens.read(token, ports.outside.now())
    caller = ports.store.users.caller(claims.user_id)
    if caller is None or not caller.active or caller.session_epoch != claims.epoch:
        raise Unauthenticated
    return caller.actor


def own_profile(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> User:
    """The caller's own account."""
    demand(may(actor, Duty.OWN_PROFILE))
    judge_query(NoQuery, query)
    user = ports.store.users.get(actor.id)
    if user is None:
        raise Unauthenticated
    return user

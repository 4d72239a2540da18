"""Coming in: registering, logging in, and who a token belongs to."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import (
    BadCredentials,
    CodeRequired,
    EmailTaken,
    PermissionDenied,
    StaleCalendar,
    StaleVersion,
    Unauthenticated,
)
from hosanna_core.model.api_key import ApiScope
from hosanna_core.model.audit import Outcome
from hosanna_core.model.change import Change
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import LATEST, Millis
from hosanna_core.model.people import Actor, Duty, Role, User
from hosanna_core.model.session import SessionId
from hosanna_core.rules.access import alive
from hosanna_core.rules.keys import normal_email
from hosanna_core.rules.membership import revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.scopes import lets_in
from hosanna_core.usecases.acting import own_account
from hosanna_core.usecases.api_keys import is_api_key, key_behind
from hosanna_core.usecases.auditing import NOWHERE, about_user, record
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.second_factor import spent
from hosanna_core.usecases.sessions import LEEWAY, Login, opened
from hosanna_core.usecases.throttling import (
    demand_one,
    demand_own,
    demand_tries,
    login_uses,
    one_try,
    register_uses,
)
from hosanna_core.usecases.user_forms import LoginForm, RegisterForm
from hosanna_core.usecases.users import changed_by, judged, new_user, store_new

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.api_key import ApiKey
    from hosanna_core.model.limits import Use
    from hosanna_core.model.people import Caller
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.sessions import Opened


class Registration(StrEnum):
    """Whether people may make their own account, and whether somebody must let them in first."""

    APPROVAL = "approval"
    OPEN = "open"
    CLOSED = "closed"


class Identity(msgspec.Struct, frozen=True):
    """Who a token belongs to, and in which session; *confined* to setting up the second factor that they must have."""

    actor: Actor
    session_id: SessionId
    confined: bool = False
    epoch: int = 0
    """The user's `session_epoch` when the token was issued."""
    expires_at: Millis = 0
    """When the token's time is over."""
    scopes: frozenset[ApiScope] | None = None
    """What an API key is let in to; None: it is a person, whom no scope narrows."""


def register(ports: Ports, body: Unparsed, mode: Registration, origin: Origin = NOWHERE) -> None:
    """Ask to be let in as a Technician; a known address is answered like a new one, and takes as long.

    Raises TooManyRequests, PermissionDenied where registration is closed, Unreadable, Invalid.
    """
    demand_one(ports.throttles, register_uses(ports, origin))
    if mode is Registration.CLOSED:
        raise PermissionDenied(
            "registration.closed", "Registration is closed: an Administrator makes accounts."
        )
    form = judged(ports, body, RegisterForm)
    user = new_user(
        ports,
        email=form.email,
        full_name=form.full_name,
        role=Role.TECHNICIAN,
        password=form.password,
        active=mode is Registration.OPEN,
    )
    try:
        store_new(
            ports,
            user,
            None,
            audit=(about_user(ports, user.id, "user.registered", actor_id=None, origin=origin),),
        )
    except EmailTaken:
        # One write in either case: nobody can tell by the clock.
        record(ports, "user.registered", outcome=Outcome.FAILURE, origin=origin)


def demand_register_admission(ports: Ports, origin: Origin = NOWHERE) -> None:
    """Raise TooManyRequests where `register` would, before anybody waits to hash. Counts nothing."""
    demand_tries(ports.throttles, register_uses(ports, origin))


def demand_admission(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """Raise TooManyRequests where `log_in` would, before anybody waits for a place to hash in. Counts nothing."""
    form = body.judge(LoginForm)
    demand_tries(ports.throttles, _login_uses(ports, form, _claimed(ports, form), origin))


def log_in(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> Login:
    """Tokens for an address and a password, in a session of their own.

    Raises TooManyRequests, Unreadable, Invalid; BadCredentials, alike for every reason; where the password is right and
    the account has a second factor, CodeRequired or BadCode.
    """
    form = body.judge(LoginForm)
    user = _claimed(ports, form)
    with one_try(ports.throttles, _login_uses(ports, form, user, origin)):
        fits = ports.passwords.verify(user.password_hash if user else ports.passwords.decoy(), form.password)
        if user is None or not fits or not user.active:
            _note_failure(ports, "login", user, origin)
            raise BadCredentials
        # Whoever knows the password hashes with each login, too, and no failure of theirs ever counts.
        demand_own(ports.throttles, user.id)
        return _let_in(ports, user, form, origin)


def _claimed(ports: Ports, form: LoginForm) -> User | None:
    return ports.store.users.by_email(normal_email(form.email))


def _login_uses(ports: Ports, form: LoginForm, user: User | None, origin: Origin) -> tuple[Use, ...]:
    return login_uses(ports, normal_email(form.email), user, origin, form.refresh_token)


def _note_failure(ports: Ports, action: str, user: User | None, origin: Origin) -> None:
    """An address that nobody has is not put down: people type passwords into the wrong field."""
    subject = None if user is None else Ref("user", user.id)
    record(ports, action, subject=subject, outcome=Outcome.FAILURE, origin=origin)


def _let_in(ports: Ports, user: User, form: LoginForm, origin: Origin) -> Login:
    """Open a session for somebody whose password was right a moment ago, and commit what that changes of them."""
    upgraded = ports.passwords.hash(form.password) if ports.passwords.outdated(user.password_hash) else None

    def attempt(refused: CommitRefused | None) -> Login:
        present = user if refused is None else ports.store.users.get(user.id)
        if present is None or not present.active or not _still_fits(ports, user, present, form.password):
            _note_failure(ports, "login", user, origin)
            raise BadCredentials
        values = _proof_of(ports, present, form.code, origin)
        if upgraded is not None and present.password_hash == user.password_hash:
            values["password_hash"] = upgraded
        session = opened(ports, present, form.device or origin.agent, origin)
        _commit_login(ports, present, values, session, origin)
        return session.login

    return decided_again(attempt, StaleVersion, StaleCalendar)


def _still_fits(ports: Ports, user: User, present: User, password: str) -> bool:
    """Another hash may be that of the same password: somebody logged in at the same time, and it was upgraded."""
    same = present.password_hash == user.password_hash
    return same or ports.passwords.verify(present.password_hash, password)


def _commit_login(
    ports: Ports, user: User, values: dict[str, object], opened: Opened, origin: Origin
) -> None:
    audit = (
        about_user(
            ports, user.id, "login", actor_id=user.id, origin=origin, details={"session": opened.session.id}
        ),
    )
    if values:
        after = revised(user, ports.outside.now(), values)
        change = changed_by(ports, user, after, "user.updated", user.id, audit=audit, opens=opened.session)
        ports.store.ledger.commit(change)
    else:
        # The account itself is not written: who logs in often is in nobody's way.
        ports.store.ledger.commit(Change(root=opened.session, expected=None, audit=audit))


def _proof_of(ports: Ports, user: User, code: str | None, origin: Origin) -> dict[str, object]:
    """What the second factor changes of the user; raises CodeRequired or BadCode."""
    factor = user.second_factor
    if factor is None or not factor.confirmed:
        return {}
    if code is None:
        # Somebody knows the password; whether it is the user, the code will show.
        _note_failure(ports, "second_factor", user, origin)
        raise CodeRequired
    return {"second_factor": spent(ports, user, code, origin)}


def identify(ports: Ports, token: str, *, setting_up: bool = False) -> Identity:
    """Who a token belongs to, or which API key it is, if they may act now: one read on the store at most.

    Raises Unauthenticated; and, unless they are *setting_up* their second factor, what `demand_unconfined` raises.
    """
    if is_api_key(token):
        return _machine(key_behind(ports, token))
    now = ports.outside.now()
    claims = ports.tokens.read(token, now)
    if now >= claims.issued_at + ports.policy.access_lifetime + LEEWAY:
        # Issued when tokens lasted longer: a session that was ended is remembered for as long as they last now.
        raise Unauthenticated
    caller = ports.store.users.calling(claims.user_id)
    if caller is None or not alive(caller, claims.session_id, claims.epoch):
        raise Unauthenticated
    identity = Identity(
        caller.actor,
        claims.session_id,
        ports.policy.needs_second_factor(caller),
        claims.epoch,
        claims.expires_at,
    )
    if not setting_up:
        demand_unconfined(identity)
    return identity


def _machine(key: ApiKey) -> Identity:
    """A key is its own session, and ends with it."""
    until = LATEST if key.expires_at is None else key.expires_at
    return Identity(Actor(key.id, key.role), key.id, expires_at=until, scopes=frozenset(key.scopes))


def demand_scope(identity: Identity, wanted: ApiScope | None) -> None:
    """Raise PermissionDenied where an API key is not let in to what *wanted* opens (None: no scope does)."""
    demand(lets_in(identity.scopes, wanted))


def goes_on_acting(ports: Ports, identity: Identity, caller: Caller | None) -> bool:
    """Whether who was let in as *identity* may go on, now that their account is as *caller* says."""
    return (
        caller is not None
        and caller.role is identity.actor.role
        and alive(caller, identity.session_id, identity.epoch)
        and not ports.policy.needs_second_factor(caller)
    )


def demand_unconfined(identity: Identity) -> None:
    """Raise PermissionDenied where somebody's role must have a second factor, and they have none."""
    if identity.confined:
        raise PermissionDenied(
            "second_factor.required", "Your role needs a second factor: set yours up first."
        )


def own_profile(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> User:
    """The caller's own account."""
    demand(may(actor, Duty.OWN_PROFILE))
    judge_query(NoQuery, query)
    return own_account(ports, actor)

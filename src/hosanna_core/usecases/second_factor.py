"""The second factor: setting it up, and taking it away."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import (
    BadCode,
    Flaw,
    Invalid,
    SecondFactorSet,
    StaleCalendar,
    StaleVersion,
)
from hosanna_core.model.audit import Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Capability, Duty, SecondFactor
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.membership import revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.second_factors import (
    RECOVERY_BYTES,
    RECOVERY_CODES,
    SECRET_BYTES,
    recovery_hash,
    secret_of,
    step_of,
    text_of,
    uri_of,
)
from hosanna_core.usecases.acting import own_account
from hosanna_core.usecases.auditing import NOWHERE, about_user, record
from hosanna_core.usecases.passwords import demand_password
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.throttling import one_try, password_uses
from hosanna_core.usecases.user_forms import BothFactorsForm, CodeForm, ProofForm
from hosanna_core.usecases.users import changed_by, user_found, user_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Actor, User
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed


class Enrolment(msgspec.Struct, frozen=True):
    """What an authenticator needs: the secret to type, or the URI for a picture of squares. Shown once."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        return withheld(self, "secret", "uri")


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each lets its holder in once, where the authenticator is lost. Shown once."""

    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return withheld(self, "recovery_codes")


def set_up(ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE) -> Enrolment:
    """A secret for the caller's authenticator; it counts from `confirm` on. Asked again before, another one.

    Raises Unreadable, Invalid, TooManyRequests, SecondFactorSet.
    """
    demand(may(actor, Duty.OWN_PROFILE))
    form = body.judge(ProofForm)
    demand_password(ports, own_account(ports, actor), form.password, "/password", origin)
    factor = SecondFactor(nonce=ports.outside.entropy(SECRET_BYTES))

    def values(user: User) -> SecondFactor:
        if user.second_factor is not None and user.second_factor.confirmed:
            raise SecondFactorSet("You have a second factor: take that away first.")
        return factor

    after = _replaced(ports, actor.id, actor.id, values, "second_factor.begun", origin)
    secret = secret_of(after, ports.keys.second_factors)
    return Enrolment(text_of(secret), uri_of(after, secret))


def confirm(ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE) -> RecoveryCodes:
    """Show the first code, from which on every login needs one. Raises Invalid, TooManyRequests, SecondFactorSet."""
    demand(may(actor, Duty.OWN_PROFILE))
    form = body.judge(CodeForm)
    codes = tuple(text_of(ports.outside.entropy(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))

    def values(user: User) -> SecondFactor:
        factor = user.second_factor
        if factor is None or factor.confirmed:
            raise SecondFactorSet("There is no second factor to confirm: begin to set one up.")
        step = step_of(
            secret_of(user, ports.keys.second_factors), form.code, ports.outside.now(), factor.last_step
        )
        if step is None:
            raise BadCode
        hashes = tuple(recovery_hash(user, code, ports.keys.second_factors) for code in codes)
        return msgspec.structs.replace(factor, confirmed=True, last_step=step, recovery=hashes)

    with _one_code(ports, actor.id, origin):
        _replaced(ports, actor.id, actor.id, values, "second_factor.enabled", origin)
    return RecoveryCodes(codes)


def take_away(ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """Do without the caller's second factor from now on: they show both of them once more.

    Otherwise a stolen access token and a guessed password would do what no login with them does.

    Raises Unreadable, Invalid, TooManyRequests, SecondFactorSet.
    """
    demand(may(actor, Duty.OWN_PROFILE))
    form = body.judge(BothFactorsForm)
    demand_password(ports, own_account(ports, actor), form.password, "/password", origin)

    def values(user: User) -> None:
        _existing(user)
        spent(ports, user, form.code, origin)

    with _one_code(ports, actor.id, origin):
        _replaced(ports, actor.id, actor.id, values, "second_factor.disabled", origin)


def spent(ports: Ports, user: User, code: str, origin: Origin) -> SecondFactor:
    """The second factor of *user* after *code* was used, be it a present one or for recovery. Raises BadCode."""
    factor = user.second_factor
    if factor is None:
        raise BadCode
    step = step_of(secret_of(user, ports.keys.second_factors), code, ports.outside.now(), factor.last_step)
    if step is not None:
        return msgspec.structs.replace(factor, last_step=step)
    hashed = recovery_hash(user, code, ports.keys.second_factors)
    if hashed in factor.recovery:
        left = tuple(each for each in factor.recovery if each != hashed)
        return msgspec.structs.replace(factor, recovery=left)
    record(ports, "second_factor", subject=Ref("user", user.id), outcome=Outcome.FAILURE, origin=origin)
    raise BadCode


@contextmanager
def _one_code(ports: Ports, user_id: UserId, origin: Origin) -> Iterator[None]:
    """A try with a code by somebody who is logged in: a 401 would say that they are not."""
    try:
        with one_try(ports.throttles, password_uses(ports, user_id, origin)):
            yield
    except BadCode as wrong:
        raise Invalid((Flaw("/code", wrong.detail),)) from None


def reset(ports: Ports, actor: Actor, user_id: UserId, body: Unparsed, origin: Origin = NOWHERE) -> User:
    """Take away the second factor of somebody who lost it, and end their sessions. Raises NotFound, SecondFactorSet."""
    demand(may(actor, Capability.MANAGE_USERS))
    user_found(ports, user_id)
    body.judge(NoQuery)
    return _replaced(ports, actor.id, user_id, _existing, "second_factor.reset", origin, ends_sessions=True)


def reset_by_operator(ports: Ports, email: str) -> User:
    """The same with nobody's permission, for the command line: the last way in for the last Administrator.

    Raises NotFound, SecondFactorSet.
    """
    user = user_with(ports, email)
    return _replaced(ports, None, user.id, _existing, "second_factor.reset", NOWHERE, ends_sessions=True)


def _existing(user: User) -> None:
    if user.second_factor is None:
        raise SecondFactorSet("There is no second factor.")


def _replaced(
    ports: Ports,
    actor_id: UserId | None,
    user_id: UserId,
    values: Callable[[User], SecondFactor | None],
    action: str,
    origin: Origin,
    *,
    ends_sessions: bool = False,
) -> User:
    def attempt(_: CommitRefused | None) -> User:
        user = user_found(ports, user_id)
        after = revised(
            user, ports.outside.now(), {"second_factor": values(user)}, ends_sessions=ends_sessions
        )
        audit = (about_user(ports, user_id, action, actor_id=actor_id, origin=origin),)
        kind = "user.sessions_ended" if ends_sessions else "user.updated"
        ports.store.ledger.commit(changed_by(ports, user, after, kind, actor_id, audit=audit))
        return after

    return decided_again(attempt, StaleVersion, StaleCalendar)

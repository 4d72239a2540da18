"""Passwords: changing one's own, and setting a new one when it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import (
    BadCredentials,
    BadResetToken,
    Flaw,
    Invalid,
    StaleCalendar,
    StaleVersion,
)
from hosanna_core.model.audit import Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.mail import Mail
from hosanna_core.model.people import Duty
from hosanna_core.rules.keys import normal_email
from hosanna_core.rules.membership import revised
from hosanna_core.rules.permissions import may
from hosanna_core.rules.resetting import claimed_by, fits, issued
from hosanna_core.usecases.acting import own_account
from hosanna_core.usecases.auditing import NOWHERE, about_user, record
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.sessions import opened
from hosanna_core.usecases.throttling import (
    demand_one,
    demand_tries,
    letter_uses,
    one_try,
    password_uses,
    reset_uses,
)
from hosanna_core.usecases.user_forms import ForgotForm, NewPasswordForm, PasswordForm, ResetForm
from hosanna_core.usecases.users import changed_by, judged, user_with

if TYPE_CHECKING:
    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.limits import Use
    from hosanna_core.model.people import Actor, User
    from hosanna_core.model.session import Origin, SessionId
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.sessions import Login

_NONCE_BYTES = 16
_NOBODY = "nobody@example.invalid"
_LETTER = """Hello,

somebody asked for a new password for the Hosanna account of this address. If it was you, choose one here within
ten minutes:

{link}

If it was not you, do nothing: your password stays as it is.
"""


def change_password(
    ports: Ports,
    actor: Actor,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    session_id: SessionId | None = None,
) -> Login:
    """Another password for oneself. Ends every session, and opens one for the device that asks.

    *session_id* is the session in which it asks: the new one is called by the same name.

    Raises TooManyRequests, Unreadable, Invalid (also where the present password is not that).
    """
    demand(may(actor, Duty.OWN_PROFILE))
    user = own_account(ports, actor)
    form = judged(ports, body, PasswordForm, user.email)
    demand_password(ports, user, form.current_password, "/current_password", origin)
    hashed = ports.passwords.hash(form.new_password)
    former = None if session_id is None else ports.store.sessions.get(session_id)
    device = origin.agent if former is None else former.device

    def attempt(refused: CommitRefused | None) -> Login:
        present = user if refused is None else own_account(ports, actor)
        same = present.password_hash == user.password_hash
        if not same and not ports.passwords.verify(present.password_hash, form.current_password):
            raise _not_that("/current_password")
        after = revised(present, ports.outside.now(), {"password_hash": hashed}, ends_sessions=True)
        session = opened(ports, after, device, origin)
        audit = (about_user(ports, user.id, "password.changed", actor_id=user.id, origin=origin),)
        change = changed_by(
            ports, present, after, "user.sessions_ended", user.id, audit=audit, opens=session.session
        )
        ports.store.ledger.commit(change)
        return session.login

    return decided_again(attempt, StaleVersion, StaleCalendar)


def demand_password(ports: Ports, user: User, password: str, pointer: str, origin: Origin) -> None:
    """That somebody who is logged in knows their password; a wrong one counts like a failed login.

    Raises TooManyRequests, Invalid.
    """
    try:
        with one_try(ports.throttles, password_uses(ports, user.id, origin)):
            if not ports.passwords.verify(user.password_hash, password):
                subject = Ref("user", user.id)
                record(ports, "password", subject=subject, outcome=Outcome.FAILURE, origin=origin)
                raise BadCredentials
    except BadCredentials:
        raise _not_that(pointer) from None


def _not_that(pointer: str) -> Invalid:
    return Invalid((Flaw(pointer, "is not your present password"),))


def forgot_password(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """Send a letter with a link, if the address is an active user's; a stranger's is answered alike, and as fast.

    So is one that got too many letters: from many places somebody might ask for thousands of them.

    Raises TooManyRequests, Unreadable, Invalid.
    """
    email = normal_email(body.judge(ForgotForm).email)
    here = reset_uses(ports, email, origin)
    # Asked first: what is refused here is not counted there. Counted last: of the limit here the answer may speak.
    demand_tries(ports.throttles, here)
    bearable = ports.throttles.count(letter_uses(ports, email)) is not None
    demand_one(ports.throttles, here)
    user = ports.store.users.by_email(email)
    subject = None if user is None else Ref("user", user.id)
    record(ports, "password.forgotten", subject=subject, origin=origin)
    if user is not None and user.active and bearable:
        token = issued(user, ports.outside.now(), ports.outside.entropy(_NONCE_BYTES), ports.keys.resets)
        ports.mailer.send(_letter(ports, user.email, token))
    else:
        ports.mailer.send(_letter(ports, _NOBODY, "none"), pretend=True)


def _letter(ports: Ports, to: str, token: str) -> Mail:
    text = _LETTER.format(link=f"{ports.policy.reset_link}#token={token}")
    return Mail(to=to, subject="Your new password", text=text)


def reset_password(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """A new password for whoever holds the token of the letter. Ends every session; opens none.

    Raises TooManyRequests, Unreadable, Invalid, BadResetToken.
    """
    form = judged(ports, body, ResetForm)
    user_id = claimed_by(form.token)
    demand_one(ports.throttles, _reset_uses(ports, form, origin))
    user = None if user_id is None else _holder(ports, user_id, form.token)
    if user is None:
        raise _refused_reset(ports, origin)
    # Whoever holds the token knows the address.
    judged(ports, body, ResetForm, user.email)
    hashed = ports.passwords.hash(form.password)

    def attempt(refused: CommitRefused | None) -> None:
        present = user if refused is None else _holder(ports, user.id, form.token)
        if present is None:
            raise _refused_reset(ports, origin)
        after = revised(present, ports.outside.now(), {"password_hash": hashed}, ends_sessions=True)
        audit = (about_user(ports, user.id, "password.reset", actor_id=user.id, origin=origin),)
        change = changed_by(ports, present, after, "user.sessions_ended", user.id, audit=audit)
        ports.store.ledger.commit(change)

    decided_again(attempt, StaleVersion, StaleCalendar)


def demand_reset_admission(ports: Ports, body: Unparsed, origin: Origin = NOWHERE) -> None:
    """Raise TooManyRequests where `reset_password` would, before anybody waits to hash. Counts nothing.

    Raises Unreadable, Invalid.
    """
    demand_tries(ports.throttles, _reset_uses(ports, judged(ports, body, ResetForm), origin))


def _reset_uses(ports: Ports, form: ResetForm, origin: Origin) -> tuple[Use, ...]:
    return reset_uses(ports, claimed_by(form.token) or "", origin)


def reset_by_operator(ports: Ports, email: str, body: Unparsed) -> User:
    """A new password with nobody's permission, for the command line. Ends every session.

    Raises NotFound, Unreadable, Invalid.
    """
    form = judged(ports, body, NewPasswordForm, user_with(ports, email).email)
    hashed = ports.passwords.hash(form.password)

    def attempt(_: CommitRefused | None) -> User:
        user = user_with(ports, email)
        after = revised(user, ports.outside.now(), {"password_hash": hashed}, ends_sessions=True)
        audit = (about_user(ports, user.id, "password.reset", actor_id=None),)
        ports.store.ledger.commit(changed_by(ports, user, after, "user.sessions_ended", None, audit=audit))
        return after

    return decided_again(attempt, StaleVersion, StaleCalendar)


def _refused_reset(ports: Ports, origin: Origin) -> BadResetToken:
    record(ports, "password.reset", outcome=Outcome.FAILURE, origin=origin)
    return BadResetToken()


def _holder(ports: Ports, user_id: str, token: str) -> User | None:
    user = ports.store.users.get(user_id)
    if user is None or not user.active or not fits(token, user, ports.outside.now(), ports.keys.resets):
        return None
    return user

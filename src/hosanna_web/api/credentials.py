"""Passwords and the second factor."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import BadResetToken, NotFound, PermissionDenied, SecondFactorSet
from hosanna_core.model.documents import UserDocument
from hosanna_core.usecases import passwords, second_factor
from hosanna_core.usecases.queries import NoQuery
from hosanna_core.usecases.second_factor import Enrolment, RecoveryCodes
from hosanna_core.usecases.sessions import Login
from hosanna_core.usecases.user_forms import (
    BothFactorsForm,
    CodeForm,
    ForgotForm,
    PasswordForm,
    ProofForm,
    ResetForm,
)
from hosanna_web.api.answers import NOTHING, Accepted, document, user_reply
from hosanna_web.api.operations import BASE, Lane, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def forgot(call: Call) -> Reply:
    """Send a letter, if there is somebody to send it to."""
    passwords.forgot_password(call.ports, call.body, call.origin)
    return document(Accepted("accepted"), 202)


def reset(call: Call) -> Reply:
    """Set a new password by the letter's token."""
    passwords.reset_password(call.ports, call.body, call.origin)
    return NOTHING


def admit_reset(call: Call) -> None:
    """Refuse who tried too often, before anything is hashed."""
    passwords.demand_reset_admission(call.ports, call.body, call.origin)


def change(call: Call) -> Reply:
    """Change one's own password."""
    changed = passwords.change_password(
        call.ports, call.actor, call.body, call.origin, session_id=call.session_id
    )
    return document(changed)


def set_up(call: Call) -> Reply:
    """Begin to set up a second factor."""
    return document(second_factor.set_up(call.ports, call.actor, call.body, call.origin))


def confirm(call: Call) -> Reply:
    """Show the first code."""
    return document(second_factor.confirm(call.ports, call.actor, call.body, call.origin))


def take_away(call: Call) -> Reply:
    """Do without the second factor."""
    second_factor.take_away(call.ports, call.actor, call.body, call.origin)
    return NOTHING


def reset_second_factor(call: Call) -> Reply:
    """Take away the second factor of somebody who lost it."""
    return user_reply(second_factor.reset(call.ports, call.actor, call.id, call.body, call.origin))


_route = partial(Operation, area="auth", method="POST")
CREDENTIALS: Final[tuple[Operation, ...]] = (
    _route(
        path=BASE + "/auth/password/forgot",
        name="forgot_password",
        summary="Ask for a letter with a link to set a new password",
        run=forgot,
        status=202,
        answer=Accepted,
        body=(ForgotForm,),
        public=True,
        limited=True,
    ),
    _route(
        path=BASE + "/auth/password/reset",
        name="reset_password",
        summary="Set a new password by the letter's token",
        run=reset,
        status=204,
        body=(ResetForm,),
        public=True,
        limited=True,
        admit=admit_reset,
        refusals=(BadResetToken,),
        where=Lane.HASHING,
    ),
    _route(
        path=BASE + "/auth/password/change",
        name="change_password",
        summary="Change your password, which ends every other session",
        run=change,
        answer=Login,
        body=(PasswordForm,),
        where=Lane.HASHING,
    ),
    _route(
        path=BASE + "/auth/second-factor",
        name="set_up_second_factor",
        summary="Get a secret for your authenticator",
        run=set_up,
        answer=Enrolment,
        body=(ProofForm,),
        refusals=(SecondFactorSet,),
        where=Lane.HASHING,
        setting_up=True,
    ),
    _route(
        path=BASE + "/auth/second-factor/confirm",
        name="confirm_second_factor",
        summary="Show the first code; from then on every login needs one",
        run=confirm,
        answer=RecoveryCodes,
        body=(CodeForm,),
        refusals=(SecondFactorSet,),
        setting_up=True,
    ),
    _route(
        path=BASE + "/auth/second-factor/disable",
        name="disable_second_factor",
        summary="Do without your second factor",
        run=take_away,
        status=204,
        body=(BothFactorsForm,),
        refusals=(SecondFactorSet,),
        where=Lane.HASHING,
    ),
    _route(
        path=BASE + "/users/{id}/second-factor/reset",
        name="reset_second_factor",
        summary="Take away the second factor of somebody who lost it, and end their sessions",
        run=reset_second_factor,
        answer=UserDocument,
        body=(NoQuery,),
        refusals=(PermissionDenied, NotFound, SecondFactorSet),
        area="users",
    ),
)

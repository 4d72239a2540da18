"""What a firm decides about access, and how much trying is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, MINUTE, Millis
from hosanna_core.model.limits import Limit
from hosanna_core.model.people import Role

if TYPE_CHECKING:
    from hosanna_core.model.people import Caller
    from hosanna_core.model.session import Session

# fmt: off
#                               name             most  seconds
LOGIN_HERE: Final       = Limit("login",           10,     60)
"""Failed logins of one account from one place (or one known device)."""
LOGIN_ADDRESS: Final    = Limit("login-address",   60,     60)
"""Failed logins from one place, whatever the account."""
LOGIN_ACCOUNT: Final    = Limit("login-account",  100,  3_600)
"""Failed logins of one account from anywhere: beyond them only devices that it does not know wait."""
PASSWORD: Final         = Limit("password",        20,  3_600)
"""Wrong answers of somebody who is logged in and asked for their password or a code, from anywhere."""
RESET_HERE: Final       = Limit("reset",           10,     60)
"""Forgotten passwords of one account, and tries of reset tokens, from one place."""
RESET_ADDRESS: Final    = Limit("reset-address",   60,     60)
RESET_ACCOUNT: Final    = Limit("reset-account",   20,  3_600)
"""Forgotten passwords of one account from anywhere: beyond them no letter is sent, and nobody is told."""
REGISTER: Final         = Limit("register",        60,     60)
"""Accounts asked for from one place."""
CALENDAR: Final         = Limit("calendar",        12,     60)
"""Readings of one technician's calendar by its address: two thousand visits cost a second to write down."""
CALENDAR_ADDRESS: Final = Limit("calendar-address", 600,   60)
"""Addresses of calendars tried from one place: one service reads those of many."""
USER: Final             = Limit("user",         6_000,     60)
"""All other requests of one user."""
# fmt: on


class AccessPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long access lasts, and who must have a second factor."""

    access_lifetime: Millis = 15 * MINUTE
    """Of an access token."""
    idle: Millis = 14 * DAY
    """A session that was not refreshed for so long is over."""
    absolute: Millis = 90 * DAY
    """A session that was opened so long ago is over."""
    second_factor_roles: frozenset[Role] = frozenset()
    """Users of these roles do nothing but set up their second factor until they have one."""
    reset_link: str = "http://127.0.0.1:5000/password/reset"
    """Where a person chooses a new password; the token is appended as a fragment, which is never sent to a server."""

    def needs_second_factor(self, caller: Caller) -> bool:
        """Whether *caller* has to set up a second factor before anything else."""
        return caller.role in self.second_factor_roles and not caller.second_factor


def alive(caller: Caller, session_id: str, epoch: int) -> bool:
    """Whether what was issued for that session, in that epoch of the user's sessions, may act."""
    return caller.active and caller.session_epoch == epoch and session_id not in caller.revoked


def goes_on(session: Session, epoch: int, now: Millis) -> bool:
    """Whether a session of a user whose `session_epoch` is *epoch* is not over."""
    return session.ended_at is None and session.epoch == epoch and now < session.expires_at

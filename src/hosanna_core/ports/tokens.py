"""Access tokens."""

from __future__ import annotations

from typing import Protocol

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId
from hosanna_core.model.session import SessionId


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. *epoch* is the user's `session_epoch` when it was issued, *token_id* the token's own id."""

    token_id: Id
    user_id: UserId
    session_id: SessionId
    epoch: int
    issued_at: Millis
    expires_at: Millis


class Tokens(Protocol):
    """Signs and reads access tokens; knows nothing of the store."""

    def issue(self, claims: Claims) -> str:
        """A signed token; instants are cut to whole seconds."""

    def read(self, token: str, now: Millis) -> Claims:
        """What the token says; raises Unauthenticated unless it is wholly right, and valid at *now*.

        Clocks of several machines differ: a token counts from a minute before it was issued until a minute after it
        expired.
        """

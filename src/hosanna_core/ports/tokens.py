"""Access tokens."""

from __future__ import annotations

from typing import Protocol

import msgspec

from hosanna_core.model.ids import Millis, UserId


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. *epoch* is the user's `session_epoch` when it was issued."""

    user_id: UserId
    epoch: int
    issued_at: Millis
    expires_at: Millis


class Tokens(Protocol):
    """Signs and reads access tokens; knows nothing of the store."""

    def issue(self, claims: Claims) -> str:
        """A signed token; instants are cut to whole seconds."""

    def read(self, token: str, now: Millis) -> Claims:
        """What the token says; raises Unauthenticated unless it is wholly right, and valid at *now*."""

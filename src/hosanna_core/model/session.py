"""A session: one device that somebody logged in on, and the refresh tokens that keep it alive one after another."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version

SessionId = Id


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token that was exchanged a moment ago: *child* is its successor, for the holder of the old one alone."""

    version: Version
    """Of the session, when this token was the living one."""
    at: Millis
    child: bytes
    """The successor's secret under a key that only the spent token gives."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A family of refresh tokens. Its *version* is the number of the one that lives; of the token only a hash is kept.

    It is dead when *ended_at* is set, when *epoch* is not the user's `session_epoch` any more, and from *expires_at* on.
    """

    id: SessionId
    version: Version
    user_id: UserId
    epoch: int
    device: str | None
    """What the user, or the device itself, calls it."""
    address_key: bytes
    """A keyed hash of the account and the network address that it was opened from: shows that a place is known."""
    token_hash: bytes
    spent: tuple[Spent, ...] = ()
    created_at: Millis
    used_at: Millis
    expires_at: Millis
    """The earlier of its idle and its absolute end."""
    ended_at: Millis | None = None

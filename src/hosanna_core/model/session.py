"""A session: one device that somebody logged in on, and the refresh tokens that keep it alive one after another."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version

SessionId = Id


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token that was exchanged a moment ago: *child* is its successor, for whoever holds the old one."""

    version: Version
    """Of the session, when this token was the living one."""
    at: Millis
    child: bytes
    """The successor's secret under a key that only the spent token gives."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A family of refresh tokens. Its *version* is the number of the one that lives; of the token only a hash is kept.

    It is over when *ended_at* is set, when *epoch* is not the user's `session_epoch` any more, and from *expires_at*.
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


class Origin(msgspec.Struct, frozen=True):
    """Where a request comes from; None where nobody can tell."""

    address: str | None = None
    """The network address of the client."""
    agent: str | None = None
    """What the client says that it is."""


class SessionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its user sees it; *used_at* is when it was last refreshed."""

    id: SessionId
    device: str | None
    current: bool
    created_at: str
    used_at: str
    expires_at: str

"""What happened, for everyone who follows: names of what changed, no values, no personal data."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.people import Role
from hosanna_core.model.place import Place


class Ref(msgspec.Struct, frozen=True):
    """Which aggregate: its kind ("job", "user") and its id."""

    kind: str
    id: Id


class Address(msgspec.Struct, frozen=True):
    """For whom an event without a place is meant: one user, or everybody of a role."""

    user_id: UserId | None = None
    role: Role | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One change, told once. *before* and *after* decide who saw the job leave or enter their view."""

    key: str
    """`kind|id|version|ordinal`: unique for ever."""
    kind: str
    subject: Ref
    version: Version
    at: Millis
    actor_id: UserId | None
    before: Place | None = None
    after: Place | None = None
    fields: tuple[str, ...] = ()
    to: tuple[Address, ...] = ()

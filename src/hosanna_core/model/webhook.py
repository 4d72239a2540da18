"""Webhooks: who wants to be told by a request of ours, and what became of each telling."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hosanna_core.model.event import Event
from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.people import Role
from hosanna_core.model.withheld import withheld

MOST_TRIES_KEPT: Final = 20
"""So many tries of one delivery are remembered, the newest."""


class Former(msgspec.Struct, frozen=True):
    """The secret before the present one: until then both sign."""

    nonce: bytes
    until: Millis

    def __repr__(self) -> str:
        return withheld(self, "nonce")


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription: what happens and *role* would see goes to *url*.

    The secret that signs is stored nowhere: it derives from *nonce* and a key of the store.
    """

    id: Id
    version: Version
    url: str
    description: str | None = None
    events: tuple[str, ...] = ()
    """The kinds that are wanted; none: all."""
    role: Role
    enabled: bool = True
    nonce: bytes
    former: Former | None = None
    created_by: UserId
    created_at: Millis
    updated_at: Millis
    failing_since: Millis | None = None
    """Since when nothing came through."""
    failures: int = 0
    """Tries in a row that came to nothing."""
    paused_until: Millis = 0
    """Nothing is tried before."""
    gave_up_at: Millis | None = None
    """When it was disabled because nothing came through for days."""
    deleted_at: Millis | None = None
    """From then on it is nobody's, and its address is gone."""

    def wants(self, kind: str) -> bool:
        """Whether events of that kind are to be told."""
        return not self.events or kind in self.events

    def __repr__(self) -> str:
        return withheld(self, "url", "nonce", "former")


class Fate(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    WITHHELD = "withheld"
    """The receiver's role did not see it any more when it was to be sent."""
    DEAD = "dead"
    """It was tried for three days, or its receiver is gone: it is tried again only by hand."""


class Try(msgspec.Struct, frozen=True):
    """One request, what it was answered with (None: nothing), and how many milliseconds that took."""

    at: Millis
    status: int | None
    latency: int


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell one webhook. It names what happened and holds nothing personal: each body is made anew."""

    id: Id
    webhook_id: Id
    kind: str
    event: Event | None
    """None: only a test of the way."""
    created_at: Millis
    fate: Fate = Fate.WAITING
    due_at: Millis | None = None
    """When it is tried next; None: not by itself."""
    count: int = 0
    """How many times it was tried."""
    tries: tuple[Try, ...] = ()
    first_tried_at: Millis | None = None
    """When it was tried for the first time since it was made, or sent anew by hand."""

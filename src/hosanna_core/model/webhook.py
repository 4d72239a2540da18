"""Webhooks: who wants to be told by a request of ours, and what became of each telling."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hosanna_core.model.event import Event
from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.instants import text_or_none, to_text
from hosanna_core.model.people import Role
from hosanna_core.model.withheld import withheld

MOST_TRIES_KEPT: Final = 20
"""So many tries of one delivery are remembered, the newest."""
TEST: Final = "webhook.test"
"""The kind of a message that tells nothing but that it came through."""


class Former(msgspec.Struct, frozen=True):
    """The secret before the present one, made in that version: until then both sign."""

    made_in: Version
    until: Millis


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription: what happens and *role* would see goes to *url*.

    The secret that signs is stored nowhere: it derives from a key of the store and the version that it was made in.
    """

    id: Id
    version: Version
    url: str
    description: str | None = None
    events: tuple[str, ...] = ()
    """The kinds that are wanted; none: all."""
    role: Role
    enabled: bool = True
    secret_made_in: Version = 1
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
    """When it was disabled because nothing came through for days, or its receiver said that it is gone."""
    deleted_at: Millis | None = None
    """From then on it is nobody's, and its address is gone."""

    def wants(self, kind: str) -> bool:
        """Whether messages of that kind are to be sent."""
        return not self.events or kind in self.events

    def __repr__(self) -> str:
        return withheld(self, "url")


class Fate(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    WITHHELD = "withheld"
    """The receiver's role did not see it any more when it was to be sent."""
    DEAD = "dead"
    """It was tried for three days: it is tried again only by hand."""


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
    since: Millis
    """When it was made, or sent anew by hand: from then on it has three days."""
    fate: Fate = Fate.WAITING
    due_at: Millis | None = None
    """When it is tried next; None: not by itself."""
    count: int = 0
    """How many times it was tried."""
    count_before: int = 0
    """How many of these were before it was sent anew by hand."""
    tries: tuple[Try, ...] = ()


class WebhookDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as an Administrator sees it: never its secret."""

    id: Id
    url: str
    description: str | None
    events: tuple[str, ...]
    role: Role
    enabled: bool
    created_by: UserId
    created_at: str
    updated_at: str
    failing_since: str | None
    gave_up_at: str | None


class TryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One request: *status* is null where no answer came, *latency_ms* how long it took."""

    at: str
    status: int | None
    latency_ms: int


class DeliveryDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one message; *tries* are the newest, *count* is how many there were."""

    id: Id
    type: str
    event: str | None
    fate: Fate
    created_at: str
    next_try_at: str | None
    count: int
    tries: list[TryDocument]


def webhook_document(webhook: Webhook) -> WebhookDocument:
    """What a webhook looks like outside."""
    return WebhookDocument(
        id=webhook.id,
        url=webhook.url,
        description=webhook.description,
        events=webhook.events,
        role=webhook.role,
        enabled=webhook.enabled,
        created_by=webhook.created_by,
        created_at=to_text(webhook.created_at),
        updated_at=to_text(webhook.updated_at),
        failing_since=text_or_none(webhook.failing_since),
        gave_up_at=text_or_none(webhook.gave_up_at),
    )


def delivery_document(delivery: Delivery) -> DeliveryDocument:
    """What a delivery looks like outside."""
    return DeliveryDocument(
        id=delivery.id,
        type=delivery.kind,
        event=None if delivery.event is None else delivery.event.key,
        fate=delivery.fate,
        created_at=to_text(delivery.created_at),
        next_try_at=text_or_none(delivery.due_at),
        count=delivery.count,
        tries=[
            TryDocument(at=to_text(each.at), status=each.status, latency_ms=each.latency)
            for each in delivery.tries
        ],
    )

"""Telling webhooks: how a message is signed, when it is tried again, and when it is given up.

Signatures are those of Standard Webhooks (https://www.standardwebhooks.com), version `v1`: HMAC-SHA-256.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import DAY, HOUR, Millis
from hosanna_core.model.webhook import MOST_TRIES_KEPT, Fate, Former, Try

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.ids import Id, Version
    from hosanna_core.model.webhook import Delivery, Webhook

GIVEN_UP_AFTER: Final[Millis] = 3 * DAY
"""A delivery that did not come through for so long is dead, and a webhook to which nothing did is disabled."""
SHORTEST_PAUSE: Final[Millis] = 5_000
LONGEST_PAUSE: Final[Millis] = 12 * HOUR
LONGEST_PAUSE_OF_ALL: Final[Millis] = HOUR
"""A webhook that fails is tried at least so often, by one delivery at a time."""
OVERLAP: Final[Millis] = DAY
"""So long the former secret goes on signing."""
PREFIX: Final = "whsec_"
_GONE: Final = 410
_OK: Final = range(200, 300)
_SPREAD: Final = 4_096
_ENOUGH: Final = 20
"""After so many failures the pause is as long as it gets."""


def secret_of(key: bytes, webhook_id: Id, made_in: Version) -> bytes:
    """The secret that a webhook was given in that version: it is stored nowhere."""
    return hmac.digest(key, f"{webhook_id}|{made_in}".encode(), "sha256")


def told_as(secret: bytes) -> str:
    """A secret as its receiver is shown it.

    >>> told_as(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, seconds: int, body: bytes) -> str:
    """What stands in `webhook-signature` for one secret."""
    signed = f"{message_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def signed_headers(
    key: bytes, webhook: Webhook, delivery: Delivery, now: Millis, body: bytes
) -> Mapping[str, str]:
    """The three headers of a message, by the present secret and, for a day, by the one before."""
    former = webhook.former
    made = [webhook.secret_made_in]
    made += [former.made_in] if former is not None and now < former.until else []
    seconds = now // 1000
    return {
        "webhook-id": delivery.id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(
            signature(secret_of(key, webhook.id, each), delivery.id, seconds, body) for each in made
        ),
    }


def rotated(webhook: Webhook, now: Millis) -> Webhook:
    """The next version, with a secret of its own; the present one signs for another day."""
    return msgspec.structs.replace(
        webhook,
        version=webhook.version + 1,
        secret_made_in=webhook.version + 1,
        former=Former(webhook.secret_made_in, now + OVERLAP),
        updated_at=now,
    )


def came_through(status: int | None) -> bool:
    """Whether a receiver took a message."""
    return status in _OK


def tried(delivery: Delivery, status: int | None, began: Millis, now: Millis) -> Delivery:
    """The delivery after a try that *began* then: done, dead, or due again after three times the last pause."""
    outcome = {
        "count": delivery.count + 1,
        "tries": (*delivery.tries, Try(began, status, now - began))[-MOST_TRIES_KEPT:],
    }
    if came_through(status):
        return msgspec.structs.replace(delivery, fate=Fate.DELIVERED, due_at=None, **outcome)
    if now - delivery.since >= GIVEN_UP_AFTER:
        return msgspec.structs.replace(delivery, fate=Fate.DEAD, due_at=None, **outcome)
    due_at = now + _pause(delivery.count - delivery.count_before, delivery.id)
    return msgspec.structs.replace(delivery, due_at=due_at, **outcome)


def _pause(failed_before: int, delivery_id: Id) -> Millis:
    """Spread by up to a tenth, so that what failed together is not tried together."""
    pause: Millis = min(SHORTEST_PAUSE * 3 ** min(failed_before, _ENOUGH), LONGEST_PAUSE)
    return pause + pause * (int(delivery_id[-3:], 16) % _SPREAD) // (10 * _SPREAD)


def answered(webhook: Webhook, status: int | None, now: Millis) -> Webhook:
    """The webhook after a try: the same if nothing about it changed."""
    if came_through(status):
        if not webhook.failures:
            return webhook
        return _moved(webhook, now, failing_since=None, failures=0, paused_until=0)
    since = webhook.failing_since if webhook.failing_since is not None else now
    failures = webhook.failures + 1
    pause: Millis = min(SHORTEST_PAUSE * 2 ** min(failures - 1, _ENOUGH), LONGEST_PAUSE_OF_ALL)
    failing = {"failing_since": since, "failures": failures, "paused_until": now + pause}
    if status == _GONE or now - since >= GIVEN_UP_AFTER:
        return _moved(webhook, now, enabled=False, gave_up_at=now, **failing)
    return _moved(webhook, now, **failing)


def _moved(webhook: Webhook, now: Millis, **values: object) -> Webhook:
    return msgspec.structs.replace(
        webhook,
        version=webhook.version + 1,
        updated_at=now,
        **values,
    )

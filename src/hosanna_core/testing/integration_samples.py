"""Plain API keys, webhooks and deliveries for tests, as `samples` has them of all else."""

from __future__ import annotations

from typing import Any

from hosanna_core.model.api_key import ApiKey, ApiScope
from hosanna_core.model.change import Change
from hosanna_core.model.event import Event, Ref
from hosanna_core.model.people import Role
from hosanna_core.model.webhook import Delivery, Webhook
from hosanna_core.testing.samples import START, id_of


def an_api_key(number: int, **parts: Any) -> ApiKey:
    """A key in an Administrator's role that reads jobs, whose id, name and hash follow from *number*."""
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "name": f"Machine {number}",
        "role": Role.ADMINISTRATOR,
        "scopes": (ApiScope.JOBS_READ,),
        "secret_hash": number.to_bytes(32, "big"),
        "created_by": id_of(0),
        "created_at": START + number,
    }
    return ApiKey(**{**plain, **parts})


def api_key_change(key: ApiKey, **parts: Any) -> Change[ApiKey]:
    """The change that stores *key* in the place of the version before."""
    expected = None if key.version == 1 else key.version - 1
    return Change(**{"root": key, "expected": expected, **parts})


def key_revoked(key: ApiKey) -> Event:
    """That a key was revoked."""
    return Event(
        key=f"api_key|{key.id}|{key.version}|0",
        kind="api_key.revoked",
        subject=Ref("api_key", key.id),
        version=key.version,
        at=START,
        actor_id=id_of(0),
    )


def a_webhook(number: int, **parts: Any) -> Webhook:
    """A webhook that is told everything, whose id and address follow from *number*."""
    plain: dict[str, Any] = {
        "id": id_of(number),
        "version": 1,
        "url": f"https://hooks.example.com/{number}",
        "role": Role.ADMINISTRATOR,
        "created_by": id_of(0),
        "created_at": START + number,
        "updated_at": START + number,
    }
    return Webhook(**{**plain, **parts})


def webhook_change(webhook: Webhook, **parts: Any) -> Change[Webhook]:
    """The change that stores *webhook* in the place of the version before."""
    expected = None if webhook.version == 1 else webhook.version - 1
    return Change(**{"root": webhook, "expected": expected, **parts})


def a_delivery(number: int, webhook_id: str, **parts: Any) -> Delivery:
    """Something to tell that webhook, due from the start on, whose id and time follow from *number*."""
    event = Event(
        key=f"job|{id_of(number)}|1|0",
        kind="job.created",
        subject=Ref("job", id_of(number)),
        version=1,
        at=START + number,
        actor_id=None,
        fields=("title",),
    )
    plain: dict[str, Any] = {
        "id": id_of(number),
        "webhook_id": webhook_id,
        "kind": event.kind,
        "event": event,
        "created_at": START + number,
        "since": START + number,
        "due_at": START + number,
    }
    return Delivery(**{**plain, **parts})

"""Webhooks: who is told what happens, and what became of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound, PermissionDenied, WebhookState
from hosanna_core.model.webhook import DeliveryDocument, WebhookDocument
from hosanna_core.usecases import webhook_deliveries, webhooks
from hosanna_core.usecases.integration_forms import WebhookForm
from hosanna_core.usecases.queries import NoQuery, PageQuery
from hosanna_core.usecases.webhooks import NewSecret
from hosanna_web.api.answers import NOTHING, document
from hosanna_web.api.operations import BASE, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


class WebhookList(msgspec.Struct, frozen=True):
    """All webhooks, newest first."""

    items: list[WebhookDocument]


class DeliveryList(msgspec.Struct, frozen=True):
    """A page of what was told to a webhook, newest first."""

    items: list[DeliveryDocument]
    next_cursor: str | None


def create(call: Call) -> Reply:
    """Tell somebody from now on."""
    made = webhooks.create_webhook(call.ports, call.actor, call.body, call.origin, once=call.once)
    location = f"{call.arrival.path}/{made.webhook.id}".encode()
    return document(made, 201, ((b"location", location),))


def page(call: Call) -> Reply:
    """All webhooks."""
    return document(WebhookList(webhooks.list_webhooks(call.ports, call.actor, call.query)))


def get(call: Call) -> Reply:
    """One webhook."""
    return document(webhooks.get_webhook(call.ports, call.actor, call.id, call.query))


def edit(call: Call) -> Reply:
    """Change a webhook."""
    return document(webhooks.edit_webhook(call.ports, call.actor, call.id, call.body, call.origin))


def delete(call: Call) -> Reply:
    """Tell it nothing any more."""
    webhooks.delete_webhook(call.ports, call.actor, call.id, call.body, call.origin)
    return NOTHING


def rotate(call: Call) -> Reply:
    """Sign by another secret."""
    return document(
        webhooks.rotate_secret(call.ports, call.actor, call.id, call.body, call.origin, once=call.once)
    )


def test(call: Call) -> Reply:
    """Send a message that tells nothing."""
    queued = webhook_deliveries.send_test(
        call.ports, call.actor, call.id, call.body, call.origin, once=call.once
    )
    return document(queued, 202)


def deliveries(call: Call) -> Reply:
    """A page of the log."""
    found = webhook_deliveries.list_deliveries(call.ports, call.actor, call.id, call.query)
    return document(DeliveryList(*found))


def replay(call: Call) -> Reply:
    """Send a message again."""
    queued = webhook_deliveries.replay_delivery(
        call.ports,
        call.actor,
        call.id,
        call.path["delivery_id"],
        call.body,
        call.origin,
        once=call.once,
    )
    return document(queued, 202)


_ONE: Final = BASE + "/webhooks/{id}"
_MANAGED: Final = (PermissionDenied, NotFound)
_route = partial(Operation, area="integrations")
WEBHOOKS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/webhooks",
        name="create_webhook",
        summary="Tell an address what happens from now on; the secret that signs is shown once",
        run=create,
        status=201,
        answer=NewSecret,
        body=(WebhookForm,),
        once=True,
        located=True,
        refusals=(PermissionDenied, WebhookState),
    ),
    _route(
        method="GET",
        path=BASE + "/webhooks",
        name="list_webhooks",
        summary="List the webhooks",
        run=page,
        answer=WebhookList,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="GET",
        path=_ONE,
        name="get_webhook",
        summary="Read a webhook",
        run=get,
        answer=WebhookDocument,
        refusals=_MANAGED,
    ),
    _route(
        method="PATCH",
        path=_ONE,
        name="edit_webhook",
        summary="Change a webhook, switch it off or on (merge patch)",
        run=edit,
        answer=WebhookDocument,
        body=(WebhookForm,),
        refusals=_MANAGED,
    ),
    _route(
        method="DELETE",
        path=_ONE,
        name="delete_webhook",
        summary="Delete a webhook, and what was to be told to it",
        run=delete,
        status=204,
        body=(NoQuery,),
        refusals=_MANAGED,
    ),
    _route(
        method="POST",
        path=_ONE + "/rotate-secret",
        name="rotate_webhook_secret",
        summary="Sign by a new secret; the former one signs, too, for a day",
        run=rotate,
        answer=NewSecret,
        body=(NoQuery,),
        once=True,
        refusals=_MANAGED,
    ),
    _route(
        method="POST",
        path=_ONE + "/test",
        name="test_webhook",
        summary="Send a message that tells nothing",
        run=test,
        status=202,
        answer=DeliveryDocument,
        body=(NoQuery,),
        once=True,
        refusals=(*_MANAGED, WebhookState),
    ),
    _route(
        method="GET",
        path=_ONE + "/deliveries",
        name="list_webhook_deliveries",
        summary="List what was told to a webhook lately, and what came of it",
        run=deliveries,
        answer=DeliveryList,
        query=PageQuery,
        refusals=_MANAGED,
    ),
    _route(
        method="POST",
        path=_ONE + "/deliveries/{delivery_id}/replay",
        name="replay_webhook_delivery",
        summary="Send a message to a webhook again",
        run=replay,
        status=202,
        answer=DeliveryDocument,
        body=(NoQuery,),
        once=True,
        refusals=(*_MANAGED, WebhookState),
    ),
)

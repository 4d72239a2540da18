"""What was told to a webhook, and telling it something by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import NotFound, StaleVersion, WebhookState
from hosanna_core.model.event import Ref
from hosanna_core.model.webhook import TEST, Delivery, DeliveryDocument, Fate, delivery_document
from hosanna_core.usecases.auditing import NOWHERE
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.performing import answered_once, decided_again, receipt_of
from hosanna_core.usecases.queries import NoQuery, PageQuery
from hosanna_core.usecases.webhooks import found_webhook, keep_webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.performing import Once


def list_deliveries(
    ports: Ports, actor: Actor, webhook_id: Id, query: Mapping[str, Sequence[str]]
) -> tuple[list[DeliveryDocument], str | None]:
    """A page of what was told, or is to be, newest first. Raises PermissionDenied, NotFound, Invalid."""
    found_webhook(ports, actor, webhook_id)
    listing = f"deliveries:{webhook_id}"
    asked, position = judge_page(PageQuery, query, ports.keys.cursors, actor, listing)
    shown, cursor = position.page(partial(ports.store.deliveries.of, webhook_id), asked.limit)
    return [delivery_document(each) for each in shown], cursor


def send_test(
    ports: Ports,
    actor: Actor,
    webhook_id: Id,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    once: Once | None = None,
) -> DeliveryDocument:
    """Send a message that tells nothing. Raises PermissionDenied, NotFound, Invalid, WebhookState, KeyReused."""

    def a_test(delivery_id: Id | None) -> Delivery:
        now = ports.outside.now()
        return Delivery(
            id=delivery_id or ports.outside.mint(),
            webhook_id=webhook_id,
            kind=TEST,
            event=None,
            created_at=now,
            since=now,
            due_at=now,
        )

    return _by_hand(ports, actor, webhook_id, "webhook.tested", a_test, body=body, origin=origin, once=once)


def replay_delivery(
    ports: Ports,
    actor: Actor,
    webhook_id: Id,
    delivery_id: Id,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    once: Once | None = None,
) -> DeliveryDocument:
    """Send a message again, as what it tells of is now. Raises what `send_test` raises."""

    def again(_: Id | None) -> Delivery:
        found = ports.store.deliveries.get(webhook_id, delivery_id)
        if found is None:
            raise NotFound
        now = ports.outside.now()
        anew = {"fate": Fate.WAITING, "due_at": now, "since": now, "count_before": found.count}
        return msgspec.structs.replace(found, **anew)

    return _by_hand(ports, actor, webhook_id, "webhook.replayed", again, body=body, origin=origin, once=once)


def _by_hand(
    ports: Ports,
    actor: Actor,
    webhook_id: Id,
    action: str,
    made: Callable[[Id | None], Delivery],
    *,
    body: Unparsed,
    origin: Origin,
    once: Once | None,
) -> DeliveryDocument:
    """Queue one delivery before all pauses. Who is killed in between and asks again has it queued then."""

    def attempt(_: CommitRefused | None) -> DeliveryDocument:
        webhook = found_webhook(ports, actor, webhook_id)
        delivery = made(None)
        body.judge(NoQuery)
        if not webhook.enabled:
            raise WebhookState("This webhook is disabled: enable it first.")
        now = ports.outside.now()
        woken = msgspec.structs.replace(webhook, version=webhook.version + 1, updated_at=now, paused_until=0)
        receipt = receipt_of(once, Ref("delivery", delivery.id), woken.version, now)
        keep_webhook(ports, actor, woken, action, origin, receipt)
        ports.store.deliveries.keep(delivery)
        return delivery_document(delivery)

    def show(receipt: Receipt) -> DeliveryDocument:
        found_webhook(ports, actor, webhook_id)
        delivery = ports.store.deliveries.get(webhook_id, receipt.subject.id)
        if delivery is None:
            delivery = made(receipt.subject.id)
            ports.store.deliveries.keep(delivery)
        return delivery_document(delivery)

    return answered_once(ports, once, lambda: decided_again(attempt, StaleVersion), show)

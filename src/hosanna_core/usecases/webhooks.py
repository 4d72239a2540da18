"""Webhooks: making, changing and deleting them, and looking after what is told to them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import NotFound, StaleVersion, WebhookState
from hosanna_core.model.change import Change
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Duty
from hosanna_core.model.webhook import (
    TEST,
    Delivery,
    DeliveryDocument,
    Fate,
    Webhook,
    WebhookDocument,
    delivery_document,
    webhook_document,
)
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.permissions import may
from hosanna_core.rules.webhooks import rotated, secret_of, told_as
from hosanna_core.usecases.auditing import NOWHERE, about_root
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.integration_forms import PLAIN, WebhookForm
from hosanna_core.usecases.judging import Unparsed, judge_query
from hosanna_core.usecases.merging import merge_fields
from hosanna_core.usecases.performing import answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, NoQuery, PageQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, Version
    from hosanna_core.model.people import Actor
    from hosanna_core.model.session import Origin
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.performing import Once

MOST_WEBHOOKS: Final = 50
_FIELDS: Final = ("url", "role", "description", "events", "enabled")


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and the secret that signs from now on, which is shown this once."""

    secret: str
    webhook: WebhookDocument

    def __repr__(self) -> str:
        return withheld(self, "secret")


def living(ports: Ports) -> list[Webhook]:
    """All webhooks that were not deleted, newest first. Asks nobody's permission."""
    found: list[Webhook] = []
    after: Id | None = None
    while page := ports.store.webhooks.page(after, MOST_ROWS):
        found += (each for each in page if each.deleted_at is None)
        after = page[-1].id
        if len(page) < MOST_ROWS:
            break
    return found


def create_webhook(
    ports: Ports, actor: Actor, body: Unparsed, origin: Origin = NOWHERE, *, once: Once | None = None
) -> NewSecret:
    """Tell somebody from now on. Raises PermissionDenied, Unreadable, Invalid, WebhookState, KeyReused."""

    def work() -> NewSecret:
        demand(may(actor, Duty.MANAGE_WEBHOOKS))
        form = body.judge(WebhookForm, {PLAIN: ports.sender.plain})
        others = living(ports)
        if len(others) >= MOST_WEBHOOKS:
            raise WebhookState(f"There are {MOST_WEBHOOKS} webhooks already: delete one that nobody needs.")
        if not others:
            _begin_here(ports)
        now = ports.outside.now()
        webhook = Webhook(
            id=ports.outside.mint(),
            version=1,
            **_values(form),
            created_by=actor.id,
            created_at=now,
            updated_at=now,
        )
        _keep_webhook(ports, actor, webhook, "webhook.created", origin, _receipt(once, webhook))
        return _shown(ports, webhook, 1)

    return answered_once(ports, once, work, lambda receipt: _secret_answered(ports, actor, receipt))


def _begin_here(ports: Ports) -> None:
    """Nobody has read the feed while there was no webhook: what was before is not told."""
    place = ports.store.feed.head()
    ports.store.deliveries.queue((), ports.store.deliveries.place(), place)


def rotate_secret(
    ports: Ports,
    actor: Actor,
    webhook_id: Id,
    body: Unparsed,
    origin: Origin = NOWHERE,
    *,
    once: Once | None = None,
) -> NewSecret:
    """Another secret; the one before signs, too, for a day. Raises PermissionDenied, NotFound, Invalid, KeyReused."""

    def attempt(_: CommitRefused | None) -> NewSecret:
        webhook = _judged(ports, actor, webhook_id, body)
        after = rotated(webhook, ports.outside.now())
        _keep_webhook(ports, actor, after, "webhook.secret_rotated", origin, _receipt(once, after))
        return _shown(ports, after, after.version)

    return answered_once(
        ports,
        once,
        lambda: decided_again(attempt, StaleVersion),
        lambda receipt: _secret_answered(ports, actor, receipt),
    )


def _secret_answered(ports: Ports, actor: Actor, receipt: Receipt) -> NewSecret:
    """The secret that a request made, if the caller still manages webhooks."""
    return _shown(ports, _found(ports, actor, receipt.subject.id), receipt.version)


def _shown(ports: Ports, webhook: Webhook, made_in: Version) -> NewSecret:
    secret = told_as(secret_of(ports.keys.webhooks, webhook.id, made_in))
    return NewSecret(secret=secret, webhook=webhook_document(webhook))


def list_webhooks(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> list[WebhookDocument]:
    """All webhooks, newest first. Raises PermissionDenied, Invalid."""
    demand(may(actor, Duty.MANAGE_WEBHOOKS))
    judge_query(NoQuery, query)
    return [webhook_document(each) for each in living(ports)]


def get_webhook(
    ports: Ports, actor: Actor, webhook_id: Id, query: Mapping[str, Sequence[str]]
) -> WebhookDocument:
    """One webhook. Raises PermissionDenied, NotFound, Invalid."""
    webhook = _found(ports, actor, webhook_id)
    judge_query(NoQuery, query)
    return webhook_document(webhook)


def edit_webhook(
    ports: Ports, actor: Actor, webhook_id: Id, patch: Unparsed, origin: Origin = NOWHERE
) -> WebhookDocument:
    """Change it by a merge patch; enabled anew, or sent elsewhere, it is tried at once.

    Raises PermissionDenied, NotFound, Unreadable, Invalid.
    """

    def attempt(_: CommitRefused | None) -> WebhookDocument:
        webhook = _found(ports, actor, webhook_id)
        before = msgspec.to_builtins({name: getattr(webhook, name) for name in _FIELDS})
        merged = merge_fields(before, patch.members())
        form = Unparsed.of(merged).judge(WebhookForm, {PLAIN: ports.sender.plain})
        after = _revised(webhook, _values(form), ports.outside.now())
        if after is webhook:
            return webhook_document(webhook)
        _keep_webhook(ports, actor, after, "webhook.updated", origin)
        return webhook_document(after)

    return decided_again(attempt, StaleVersion)


def _revised(webhook: Webhook, values: dict[str, Any], now: int) -> Webhook:
    """The next version; the same one if nothing changed."""
    if all(getattr(webhook, name) == value for name, value in values.items()):
        return webhook
    fresh: dict[str, Any] = {}
    if values["url"] != webhook.url or (values["enabled"] and not webhook.enabled):
        fresh = {"failing_since": None, "failures": 0, "paused_until": 0, "gave_up_at": None}
    return msgspec.structs.replace(webhook, version=webhook.version + 1, updated_at=now, **values, **fresh)


def delete_webhook(
    ports: Ports, actor: Actor, webhook_id: Id, body: Unparsed, origin: Origin = NOWHERE
) -> None:
    """Tell it nothing any more, and forget what was to be told. Raises PermissionDenied, NotFound, Invalid."""

    def attempt(_: CommitRefused | None) -> None:
        webhook = _judged(ports, actor, webhook_id, body)
        now = ports.outside.now()
        gone = msgspec.structs.replace(
            webhook, version=webhook.version + 1, updated_at=now, deleted_at=now, enabled=False, url=""
        )
        _keep_webhook(ports, actor, gone, "webhook.deleted", origin)

    decided_again(attempt, StaleVersion)
    ports.store.deliveries.drop(webhook_id)


def list_deliveries(
    ports: Ports, actor: Actor, webhook_id: Id, query: Mapping[str, Sequence[str]]
) -> tuple[list[DeliveryDocument], str | None]:
    """A page of what was told, or is to be, newest first. Raises PermissionDenied, NotFound, Invalid."""
    _found(ports, actor, webhook_id)
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
        webhook = _found(ports, actor, webhook_id)
        delivery = made(None)
        body.judge(NoQuery)
        if not webhook.enabled:
            raise WebhookState("This webhook is disabled: enable it first.")
        now = ports.outside.now()
        woken = msgspec.structs.replace(webhook, version=webhook.version + 1, updated_at=now, paused_until=0)
        receipt = receipt_of(once, Ref("delivery", delivery.id), woken.version, now)
        _keep_webhook(ports, actor, woken, action, origin, receipt)
        ports.store.deliveries.keep(delivery)
        return delivery_document(delivery)

    def show(receipt: Receipt) -> DeliveryDocument:
        _found(ports, actor, webhook_id)
        delivery = ports.store.deliveries.get(webhook_id, receipt.subject.id)
        if delivery is None:
            delivery = made(receipt.subject.id)
            ports.store.deliveries.keep(delivery)
        return delivery_document(delivery)

    return answered_once(ports, once, lambda: decided_again(attempt, StaleVersion), show)


def _found(ports: Ports, actor: Actor, webhook_id: Id) -> Webhook:
    demand(may(actor, Duty.MANAGE_WEBHOOKS))
    webhook = ports.store.webhooks.get(webhook_id)
    if webhook is None or webhook.deleted_at is not None:
        raise NotFound
    return webhook


def _judged(ports: Ports, actor: Actor, webhook_id: Id, body: Unparsed) -> Webhook:
    webhook = _found(ports, actor, webhook_id)
    body.judge(NoQuery)
    return webhook


def _values(form: WebhookForm) -> dict[str, Any]:
    return {
        "url": form.url,
        "role": form.role,
        "description": form.description,
        "events": tuple(sorted(set(form.events))),
        "enabled": form.enabled,
    }


def _receipt(once: Once | None, webhook: Webhook) -> Receipt | None:
    return receipt_of(once, Ref("webhook", webhook.id), webhook.version, webhook.updated_at)


def _keep_webhook(
    ports: Ports, actor: Actor, webhook: Webhook, action: str, origin: Origin, receipt: Receipt | None = None
) -> None:
    """Commit it with who did what to it. Its address may hold a secret of the receiver's: it is not put down."""
    subject = Ref("webhook", webhook.id)
    details = {"role": webhook.role.value, "enabled": webhook.enabled}
    change = Change(
        root=webhook,
        expected=None if webhook.version == 1 else webhook.version - 1,
        audit=(about_root(ports, subject, action, actor_id=actor.id, origin=origin, details=details),),
        receipt=receipt,
    )
    ports.store.ledger.commit(change)

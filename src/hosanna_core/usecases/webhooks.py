"""Webhooks: making, changing and deleting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import NotFound, StaleVersion, WebhookState
from hosanna_core.model.change import Change
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Duty
from hosanna_core.model.webhook import (
    Webhook,
    WebhookDocument,
    webhook_document,
)
from hosanna_core.model.withheld import withheld
from hosanna_core.rules.permissions import may
from hosanna_core.rules.webhooks import rotated, secret_of, told_as
from hosanna_core.usecases.auditing import NOWHERE, about_root
from hosanna_core.usecases.integration_forms import PLAIN, WebhookForm
from hosanna_core.usecases.judging import Unparsed, judge_query
from hosanna_core.usecases.merging import merge_fields
from hosanna_core.usecases.performing import answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, NoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        keep_webhook(ports, actor, webhook, "webhook.created", origin, _receipt(once, webhook))
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
        keep_webhook(ports, actor, after, "webhook.secret_rotated", origin, _receipt(once, after))
        return _shown(ports, after, after.version)

    return answered_once(
        ports,
        once,
        lambda: decided_again(attempt, StaleVersion),
        lambda receipt: _secret_answered(ports, actor, receipt),
    )


def _secret_answered(ports: Ports, actor: Actor, receipt: Receipt) -> NewSecret:
    """The secret that a request made, if the caller still manages webhooks."""
    return _shown(ports, found_webhook(ports, actor, receipt.subject.id), receipt.version)


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
    webhook = found_webhook(ports, actor, webhook_id)
    judge_query(NoQuery, query)
    return webhook_document(webhook)


def edit_webhook(
    ports: Ports, actor: Actor, webhook_id: Id, patch: Unparsed, origin: Origin = NOWHERE
) -> WebhookDocument:
    """Change it by a merge patch; enabled anew, or sent elsewhere, it is tried at once.

    Raises PermissionDenied, NotFound, Unreadable, Invalid.
    """

    def attempt(_: CommitRefused | None) -> WebhookDocument:
        webhook = found_webhook(ports, actor, webhook_id)
        before = msgspec.to_builtins({name: getattr(webhook, name) for name in _FIELDS})
        merged = merge_fields(before, patch.members())
        form = Unparsed.of(merged).judge(WebhookForm, {PLAIN: ports.sender.plain})
        after = _revised(webhook, _values(form), ports.outside.now())
        if after is webhook:
            return webhook_document(webhook)
        keep_webhook(ports, actor, after, "webhook.updated", origin)
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
        keep_webhook(ports, actor, gone, "webhook.deleted", origin)

    decided_again(attempt, StaleVersion)
    ports.store.deliveries.drop(webhook_id)


def found_webhook(ports: Ports, actor: Actor, webhook_id: Id) -> Webhook:
    """One that is not deleted. Raises PermissionDenied, NotFound."""
    demand(may(actor, Duty.MANAGE_WEBHOOKS))
    webhook = ports.store.webhooks.get(webhook_id)
    if webhook is None or webhook.deleted_at is not None:
        raise NotFound
    return webhook


def _judged(ports: Ports, actor: Actor, webhook_id: Id, body: Unparsed) -> Webhook:
    webhook = found_webhook(ports, actor, webhook_id)
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


def keep_webhook(
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

"""Which devices of one's own are told by Web Push."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Duty
from hosanna_core.model.push import PushSubscription
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.judging import judge_query
from hosanna_core.usecases.notification_forms import PushSubscriptionForm
from hosanna_core.usecases.performing import Once, answered_once, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import NoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed

MOST_DEVICES: Final = 20
"""Who subscribes with one more loses the oldest."""


def push_key(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> str | None:
    """The key that a browser subscribes with; None where nothing is pushed. Raises Invalid."""
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
    judge_query(NoQuery, query)
    return ports.pusher.public_key


def subscribe(ports: Ports, actor: Actor, body: Unparsed, *, once: Once | None = None) -> Id:
    """Be told on this device, too; the id of its subscription, the same as long as it is the same device.

    Raises Unreadable, Invalid, KeyReused; NotFound for a request that was done before, and undone since.
    """
    return answered_once(
        ports,
        once,
        lambda: _subscribed(ports, actor, body, once),
        lambda done: _still_there(ports, actor, done),
    )


def _still_there(ports: Ports, actor: Actor, receipt: Receipt) -> Id:
    if all(each.id != receipt.subject.id for each in ports.store.subscriptions.of(actor.id)):
        raise NotFound
    return receipt.subject.id


def _subscribed(ports: Ports, actor: Actor, body: Unparsed, once: Once | None) -> Id:
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
    form = body.judge(PushSubscriptionForm)
    subscriptions = ports.store.subscriptions
    own = subscriptions.of(actor.id)
    there = next((each for each in own if each.endpoint == form.endpoint), None)
    new = PushSubscription(
        id=ports.outside.mint(),
        user_id=actor.id,
        endpoint=form.endpoint,
        p256dh=form.keys.p256dh,
        auth=form.keys.auth,
        created_at=ports.outside.now(),
    )
    if there is not None:
        new = msgspec.structs.replace(new, id=there.id, created_at=there.created_at)
    subscriptions.keep(new, receipt_of(once, Ref("push", new.id), 1, ports.outside.now()))
    for each in subscriptions.of(actor.id)[:-MOST_DEVICES]:
        subscriptions.drop(actor.id, each.id)
    return new.id


def unsubscribe(ports: Ports, actor: Actor, subscription_id: Id, body: Unparsed) -> None:
    """Be told no more on a device of one's own. Raises NotFound, Invalid."""
    if all(each.id != subscription_id for each in ports.store.subscriptions.of(actor.id)):
        raise NotFound
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
    body.judge(NoQuery)
    ports.store.subscriptions.drop(actor.id, subscription_id)

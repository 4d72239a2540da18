"""From the feed to the queues of webhooks: each event is queued once for everybody who wants it and sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import CursorLost
from hosanna_core.model.people import Actor
from hosanna_core.model.webhook import Delivery
from hosanna_core.rules.views import View, is_for, view
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.auditing import record
from hosanna_core.usecases.telling import job_kind
from hosanna_core.usecases.webhooks import living

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.event import Event
    from hosanna_core.model.feed import Followed
    from hosanna_core.model.webhook import Webhook
    from hosanna_core.ports import Ports

AT_ONCE: Final = 200
_TOLD: Final = frozenset({"user", "announcement"})
"""What webhooks are told of beside jobs: somebody's inbox is nobody else's affair."""


def queue_news(ports: Ports) -> bool:
    """Read a stretch of the feed, from where anybody was last, and queue it; whether there may be more.

    Place and deliveries are kept in one commit: who is killed, or overtaken, has queued all of it or nothing.
    """
    hooks = living(ports)
    if not hooks:
        return False
    was = ports.store.deliveries.place()
    try:
        place = ports.store.feed.head() if was is None else was
        stretch = ports.store.feed.after(place, AT_ONCE)
    except CursorLost:
        # What cannot be read any more cannot be told: the trail says so, and the receivers fetch anew.
        place = ports.store.feed.head()
        if ports.store.deliveries.queue((), was, place):
            record(ports, "webhook.news_lost")
        return True
    if was is not None and stretch.cursor == was:
        return False
    ports.store.deliveries.queue(tuple(_deliveries(ports, hooks, stretch.told)), was, stretch.cursor)
    return bool(stretch.told)


def _deliveries(ports: Ports, hooks: Sequence[Webhook], told: Sequence[Followed]) -> Iterator[Delivery]:
    now = ports.outside.now()
    for followed in told:
        event = followed.event
        for hook in hooks:
            kind = kind_for(hook, event)
            if kind is None or not hook.enabled or event.at < hook.created_at or not hook.wants(kind):
                continue
            yield Delivery(
                id=ports.outside.mint(),
                webhook_id=hook.id,
                kind=kind,
                event=event,
                created_at=now,
                since=now,
                due_at=now,
            )


def kind_for(hook: Webhook, event: Event) -> str | None:
    """The type of the message that an event is to a webhook; None: it is nothing to it."""
    actor = Actor(hook.id, hook.role)
    if event.subject.kind == "job":
        seen = view(event, scope_of(actor))
        return None if seen is View.UNSEEN else job_kind(event, seen)
    return event.kind if event.subject.kind in _TOLD and is_for(event, actor) else None

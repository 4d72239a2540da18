"""Sending what is queued for webhooks, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from hosanna_core.errors import StaleVersion
from hosanna_core.model.change import Change
from hosanna_core.model.event import Ref
from hosanna_core.model.ids import Millis
from hosanna_core.model.instants import to_text
from hosanna_core.model.notice import NoticeKind
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import UserFilter
from hosanna_core.model.webhook import Fate
from hosanna_core.rules.views import View, is_for, view
from hosanna_core.rules.visibility import scope_of
from hosanna_core.rules.webhooks import answered, came_through, signed_headers, tried
from hosanna_core.usecases.auditing import record
from hosanna_core.usecases.matters import messages_about
from hosanna_core.usecases.notifying import notice_for
from hosanna_core.usecases.page_by_page import users_by_page
from hosanna_core.usecases.performing import decided_again
from hosanna_core.usecases.reading_on import give_back_reading, hold_reading
from hosanna_core.usecases.telling import job_message
from hosanna_core.usecases.webhooks import living

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.event import Event
    from hosanna_core.model.ids import Id
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.webhook import Delivery, Webhook
    from hosanna_core.ports import Ports

AT_ONCE: Final = 20
SENDER: Final = "house.webhooks"
"""The name of whoever sends, among those who read the feed."""
LONGEST: Final[Millis] = 20_000
"""No request to a webhook is begun after so long: others want their turn."""
_ENCODE: Final = msgspec.json.Encoder().encode


def hold_lease(ports: Ports) -> bool:
    """Be the one of all servers who queues and sends, for another while; False while somebody else is."""
    return hold_reading(ports, SENDER)


def give_back_lease(ports: Ports) -> None:
    """Queue and send no more: another server may at once."""
    give_back_reading(ports, SENDER)


class News(NamedTuple):
    """To whom something is due, in the order of their ids; of those who are disabled nothing is said."""

    due: Sequence[Id]
    ready: Sequence[Id]
    """Those who are not left alone for a while: no turn is wasted on others."""


def webhooks_with_news(ports: Ports) -> News:
    """Those to whom something is due, and whom of them to tell now. Who was deleted is among them, to be forgotten."""
    now = ports.outside.now()
    due = ports.store.deliveries.with_due(now)
    if not due:
        return News((), ())
    hooks = {each.id: each for each in living(ports)}
    due = [each for each in due if each not in hooks or hooks[each].enabled]
    return News(due, [each for each in due if each not in hooks or now >= hooks[each].paused_until])


def send_due(ports: Ports, webhook_id: Id, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due to one webhook, oldest first, until one does not come through; how many requests were made.

    One at a time: what follows it overtakes only what has failed and waits for its next try. Once is promised at least:
    whoever is killed between request and note sends it again.
    """
    began, sent = ports.outside.now(), 0
    for delivery in ports.store.deliveries.due(webhook_id, began, AT_ONCE):
        hook = ports.store.webhooks.get(webhook_id)
        if hook is None or hook.deleted_at is not None:
            ports.store.deliveries.drop(webhook_id)
            break
        now = ports.outside.now()
        if stopping() or not hook.enabled or now < hook.paused_until or now >= began + LONGEST:
            break
        body = body_of(ports, hook, delivery)
        if body is None:
            withheld = msgspec.structs.replace(delivery, fate=Fate.WITHHELD, due_at=None)
            ports.store.deliveries.keep(withheld)
            continue
        sent += 1
        if not _send(ports, hook, delivery, body):
            break
    return sent


def _send(ports: Ports, hook: Webhook, delivery: Delivery, body: bytes) -> bool:
    """One request, and a note of what came of it; whether it came through."""
    began = ports.outside.now()
    headers = signed_headers(ports.keys.webhooks, hook, delivery, began, body)
    status = ports.sender.send(hook.url, body, headers)
    now = ports.outside.now()
    ports.store.deliveries.keep(tried(delivery, status, began, now))
    _note_answer(ports, hook, status, now)
    return came_through(status)


def _note_answer(ports: Ports, known: Webhook, status: int | None, now: Millis) -> None:
    """What a try says of the webhook itself, beside whoever edits it; Administrators are told where it is given up.

    Most tries say nothing of a webhook that was *known* just before: then it is not read again.
    """

    def attempt(refused: CommitRefused | None) -> bool:
        hook = known if refused is None else ports.store.webhooks.get(known.id)
        if hook is None or hook.deleted_at is not None:
            return False
        after = answered(hook, status, now)
        if after is hook:
            return False
        gave_up = hook.enabled and not after.enabled
        notices = tuple(_notices(ports, now)) if gave_up else ()
        ports.store.ledger.commit(Change(root=after, expected=hook.version, notices=notices))
        return gave_up

    if decided_again(attempt, StaleVersion):
        record(ports, "webhook.gave_up", subject=Ref("webhook", known.id))


def _notices(ports: Ports, now: Millis) -> Iterator[Notice]:
    for page in users_by_page(ports, UserFilter(role=Role.ADMINISTRATOR, active=True)):
        for user in page:
            yield notice_for(ports, user, NoticeKind.WEBHOOK_DISABLED, now)


def body_of(ports: Ports, hook: Webhook, delivery: Delivery) -> bytes | None:
    """What is sent: what happened, with what it is about as the webhook's role would GET it now.

    None where there is nothing left that the role would see.
    """
    event = delivery.event
    if event is None:
        return _wrapped(delivery.kind, delivery.created_at, {})
    message = _message(ports, Actor(hook.id, hook.role), event)
    return None if message is None else _wrapped(message["type"], event.at, message)


def _message(ports: Ports, actor: Actor, event: Event) -> dict[str, Any] | None:
    if event.subject.kind == "job":
        return _of_a_job(ports, actor, event)
    if not is_for(event, actor):
        return None
    about = messages_about(ports, (event,)).get(event.key)
    return None if about is None else dict(msgspec.to_builtins(about))


def _of_a_job(ports: Ports, actor: Actor, event: Event) -> dict[str, Any] | None:
    scope = scope_of(actor)
    seen = view(event, scope)
    if seen is View.LEFT:
        return job_message(event, seen, None)
    sight = ports.store.jobs.sights((event.subject.id,)).get(event.subject.id)
    if seen is View.UNSEEN or sight is None or not scope.admits(sight.place):
        return None
    return job_message(event, seen, sight)


def _wrapped(kind: str, at: Millis, message: dict[str, Any]) -> bytes:
    data = {name: value for name, value in message.items() if name != "type"}
    return _ENCODE({"type": kind, "timestamp": to_text(at), "data": data})

"""API keys, webhooks and what is told to them, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.api_key import ApiKey
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.webhook import Delivery, Webhook

T = TypeVar("T")


class MemoryApiKeys:
    """The API keys of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, key_id: Id) -> ApiKey | None:
        return self._state.api_keys.get(key_id)

    def page(self, after: Id | None, limit: int) -> Sequence[ApiKey]:
        with self._state.lock:
            return _newest_first(self._state.api_keys, after, limit)


class MemoryWebhooks:
    """The webhooks of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, webhook_id: Id) -> Webhook | None:
        return self._state.webhooks.get(webhook_id)

    def page(self, after: Id | None, limit: int) -> Sequence[Webhook]:
        with self._state.lock:
            hooks = {key: hook for key, hook in self._state.webhooks.items() if hook.deleted_at is None}
        return _newest_first(hooks, after, limit)


class MemoryDeliveries:
    """What a `MemoryStore` tells its webhooks."""

    def __init__(self, state: State) -> None:
        self._state = state

    def place(self) -> Cursor | None:
        return self._state.read_to

    def queue(self, deliveries: Sequence[Delivery], was: Cursor | None, place: Cursor) -> bool:
        with self._state.lock:
            if self._state.read_to != was:
                return False
            self._state.read_to = place
            self._state.deliveries.update({each.id: each for each in deliveries})
            return True

    def due(self, webhook_id: Id, now: Millis, limit: int) -> Sequence[Delivery]:
        with self._state.lock:
            found = [each for each in self._waiting(now) if each.webhook_id == webhook_id]
            return sorted(found, key=lambda each: each.id)[:limit]

    def with_due(self, now: Millis) -> Sequence[Id]:
        with self._state.lock:
            return sorted({each.webhook_id for each in self._waiting(now)})

    def _waiting(self, now: Millis) -> list[Delivery]:
        everything = self._state.deliveries.values()
        return [each for each in everything if each.due_at is not None and each.due_at <= now]

    def keep(self, delivery: Delivery) -> None:
        with self._state.lock:
            self._state.deliveries[delivery.id] = delivery

    def get(self, webhook_id: Id, delivery_id: Id) -> Delivery | None:
        found = self._state.deliveries.get(delivery_id)
        return found if found is not None and found.webhook_id == webhook_id else None

    def of(self, webhook_id: Id, after: Id | None, limit: int) -> Sequence[Delivery]:
        with self._state.lock:
            everything = self._state.deliveries.items()
            theirs = {key: each for key, each in everything if each.webhook_id == webhook_id}
            return _newest_first(theirs, after, limit)

    def drop(self, webhook_id: Id) -> None:
        self._forget(lambda each: each.webhook_id == webhook_id)

    def sweep(self, before: Millis, limit: int) -> int:
        return self._forget(lambda each: each.created_at < before and each.due_at is None, limit)

    def _forget(self, doomed: Callable[[Delivery], bool], limit: int | None = None) -> int:
        with self._state.lock:
            gone = [each.id for each in self._state.deliveries.values() if doomed(each)][:limit]
            for delivery_id in gone:
                del self._state.deliveries[delivery_id]
            return len(gone)


def _newest_first(found: Mapping[Id, T], after: Id | None, limit: int) -> Sequence[T]:
    newest = sorted((each for each in found if after is None or each < after), reverse=True)
    return [found[each] for each in newest[:limit]]

"""Stores of keys, webhooks and deliveries with one fault each that a suite must find."""

from typing import Any

import msgspec
from tests.kit.spoiling import Around

from hosanna_core.model.ids import Id, Millis


class ApiKeys(Around):
    port = "api_keys"


class Webhooks(Around):
    port = "webhooks"


class Deliveries(Around):
    port = "deliveries"


class ForgetsThatAKeyWasRevoked(ApiKeys):
    def get(self, key_id: Id) -> Any:
        found = self.inner.get(key_id)
        return found and msgspec.structs.replace(found, revoked_at=None)


class ListsTheOldestKeysFirst(ApiKeys):
    def page(self, after: Any, limit: int) -> Any:
        everything = list(self.inner.page(None, 1_000))[::-1]
        return [each for each in everything if after is None or each.id > after][:limit]


class ForgetsTheFormerSecret(Webhooks):
    def get(self, webhook_id: Id) -> Any:
        found = self.inner.get(webhook_id)
        return found and msgspec.structs.replace(found, former=None)


class ListsOneWebhookOnTwoPages(Webhooks):
    def page(self, after: Any, limit: int) -> Any:
        everything = self.inner.page(None, 1_000)
        found = [each for each in everything if after is None or each.id <= after][:limit]
        return [] if len(found) == 1 and found[0].id == after else found


class Bookmarks(Around):
    port = "bookmarks"


class LetsTwoRead(Bookmarks):
    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        self.inner.lease(reader, holder, now, until)
        return True


class ReadsForEverybodyAtOnce(Bookmarks):
    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        return bool(self.inner.lease("everybody", holder, now, until))


class KeepsOnePlaceForAll(Bookmarks):
    def place(self, reader: str) -> Any:
        return self.inner.place("everybody")

    def move(self, reader: str, was: Any, place: Any) -> bool:
        return bool(self.inner.move("everybody", was, place))


class MovesAPlaceFromAnywhere(Bookmarks):
    def move(self, reader: str, was: Any, place: Any) -> bool:
        return bool(self.inner.move(reader, self.inner.place(reader), place))


class NeverLetsGoOfTheLease(Bookmarks):
    held_by: Any = None

    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        self.held_by = self.held_by or holder
        return bool(self.held_by == holder) and self.inner.lease(reader, holder, now, until)


class QueuesTwice(Deliveries):
    def queue(self, deliveries: Any, was: Any, place: Any) -> bool:
        return bool(self.inner.queue(deliveries, self.inner.place(), place))


class ForgetsHowFarItRead(Deliveries):
    def place(self) -> Any:
        return None


class TakesTheDueInAnyOrder(Deliveries):
    def due(self, webhook_id: Id, now: Millis, limit: int) -> Any:
        found = self.inner.due(webhook_id, now, 1_000)
        return sorted(found, key=lambda each: each.due_at)[:limit]


class ShowsOneWebhookTheDeliveriesOfAnother(Deliveries):
    def get(self, webhook_id: Id, delivery_id: Id) -> Any:
        everything = (self.inner.of(each, None, 1_000) for each in (webhook_id, *self._all()))
        return next((each for log in everything for each in log if each.id == delivery_id), None)

    def _all(self) -> Any:
        return self.inner.with_due(1 << 62)

    def of(self, webhook_id: Id, after: Any, limit: int) -> Any:
        everything = [each for hook in self._all() for each in self.inner.of(hook, after, limit)]
        return sorted(everything, key=lambda each: each.id, reverse=True)[:limit]


class SweepsWhatWaits(Deliveries):
    def sweep(self, before: Millis, limit: int) -> Any:
        for webhook_id in self.inner.with_due(1 << 62):
            for each in self.inner.due(webhook_id, 1 << 62, 1_000):
                if each.created_at < before:
                    self.inner.keep(msgspec.structs.replace(each, due_at=None))
        return self.inner.sweep(before, limit)


class SweepsAllDeliveriesAtOnce(Deliveries):
    def sweep(self, before: Millis, limit: int) -> Any:
        return self.inner.sweep(before, 1_000)


class ForgetsTheTries(Deliveries):
    def keep(self, delivery: Any) -> None:
        self.inner.keep(msgspec.structs.replace(delivery, tries=()))

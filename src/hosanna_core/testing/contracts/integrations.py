"""The contracts of API keys, of webhooks, and of what is told to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hosanna_core.errors import Replayed, StaleVersion
from hosanna_core.model.api_key import ApiScope
from hosanna_core.model.event import Ref
from hosanna_core.model.people import Role
from hosanna_core.model.webhook import Fate, Former, Try
from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.integration_samples import (
    a_delivery,
    a_webhook,
    an_api_key,
    api_key_change,
    key_revoked,
    webhook_change,
)
from hosanna_core.testing.samples import START, id_of

if TYPE_CHECKING:
    from hosanna_core.model.webhook import Delivery
    from hosanna_core.ports import Store

FIRST, SECOND = id_of(901), id_of(902)
"""Two servers, and two webhooks."""


def revised(root: Any, **parts: Any) -> Any:
    """The next version of a key or a webhook."""
    return msgspec.structs.replace(root, version=root.version + 1, **parts)


class ApiKeysContract(StoreContract):
    """Reading API keys."""

    def test_a_key_that_nobody_made_is_none(self, store: Store) -> None:
        store.ledger.commit(api_key_change(an_api_key(1)))
        assert store.api_keys.get(id_of(2)) is None

    def test_a_key_is_read_as_it_was_committed_last(self, store: Store) -> None:
        key = an_api_key(1, scopes=tuple(ApiScope), role=Role.OFFICE_MANAGER, expires_at=START + 9)
        store.ledger.commit(api_key_change(key))
        assert store.api_keys.get(key.id) == key
        revoked = revised(key, revoked_at=START + 5, last_used_at=START + 4)
        store.ledger.commit(api_key_change(revoked))
        assert store.api_keys.get(key.id) == revoked
        assert list(store.api_keys.page(None, 10)) == [revoked]

    def test_of_two_who_change_a_key_the_second_is_refused(self, store: Store) -> None:
        key = an_api_key(1)
        store.ledger.commit(api_key_change(key))
        store.ledger.commit(api_key_change(revised(key, revoked_at=START)))
        with pytest.raises(StaleVersion):
            store.ledger.commit(api_key_change(revised(key, last_used_at=START)))
        with pytest.raises(StaleVersion):
            store.ledger.commit(api_key_change(an_api_key(1, name="Another")))
        assert store.api_keys.get(key.id) == revised(key, revoked_at=START)

    def test_a_key_is_made_once_under_an_idempotency_key(self, store: Store) -> None:
        receipt = a_receipt("a key")
        store.ledger.commit(api_key_change(an_api_key(1), receipt=receipt))
        with pytest.raises(Replayed):
            store.ledger.commit(api_key_change(an_api_key(2), receipt=receipt))
        assert store.api_keys.get(id_of(2)) is None

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_keys_are_paged_the_newest_first(self, store: Store, limit: int) -> None:
        for number in (3, 1, 5, 2, 4):
            store.ledger.commit(api_key_change(an_api_key(number)))
        found: list[Any] = []
        while page := store.api_keys.page(found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [an_api_key(number) for number in (5, 4, 3, 2, 1)]

    def test_the_feed_tells_that_a_key_was_revoked(self, store: Store) -> None:
        self.needs("follows")
        key = an_api_key(1)
        store.ledger.commit(api_key_change(key))
        begun = store.feed.head()
        revoked = revised(key, revoked_at=START)
        store.ledger.commit(api_key_change(revoked, events=(key_revoked(revoked),)))
        store.ledger.commit(api_key_change(revised(revoked, last_used_at=START)))
        assert store.feed.wait(begun, 5)
        told = [each.event for each in store.feed.after(begun, 10).told]
        assert [(each.kind, each.subject) for each in told] == [("api_key.revoked", Ref("api_key", key.id))]


class WebhooksContract(StoreContract):
    """Reading webhooks."""

    def test_a_webhook_is_read_as_it_was_committed_last(self, store: Store) -> None:
        hook = a_webhook(1, events=("job.created",), description="Books", former=Former(1, START))
        store.ledger.commit(webhook_change(hook))
        assert store.webhooks.get(id_of(2)) is None
        assert store.webhooks.get(hook.id) == hook
        later = revised(hook, enabled=False, failing_since=START, failures=7, paused_until=START + 1)
        store.ledger.commit(webhook_change(later))
        assert store.webhooks.get(hook.id) == later
        assert list(store.webhooks.page(None, 10)) == [later]

    def test_of_two_who_change_a_webhook_the_second_is_refused(self, store: Store) -> None:
        hook = a_webhook(1)
        store.ledger.commit(webhook_change(hook))
        store.ledger.commit(webhook_change(revised(hook, failures=1)))
        with pytest.raises(StaleVersion):
            store.ledger.commit(webhook_change(revised(hook, enabled=False)))
        assert store.webhooks.get(hook.id) == revised(hook, failures=1)

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_webhooks_are_paged_the_newest_first(self, store: Store, limit: int) -> None:
        for number in (3, 1, 2):
            store.ledger.commit(webhook_change(a_webhook(number)))
        found: list[Any] = []
        while page := store.webhooks.page(found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [a_webhook(number) for number in (3, 2, 1)]

    def test_a_webhook_that_was_deleted_is_on_no_page_and_is_still_read_by_its_id(self, store: Store) -> None:
        hooks = [a_webhook(number) for number in (1, 2, 3)]
        for hook in hooks:
            store.ledger.commit(webhook_change(hook))
        gone = revised(hooks[1], enabled=False, deleted_at=START)
        store.ledger.commit(webhook_change(gone))
        assert list(store.webhooks.page(None, 2)) == [hooks[2], hooks[0]]
        assert list(store.webhooks.page(hooks[2].id, 2)) == [hooks[0]]
        assert store.webhooks.get(gone.id) == gone


class DeliveriesContract(StoreContract):
    """Keeping what is to be told."""

    def test_what_is_queued_and_how_far_was_read_are_kept_together(self, store: Store) -> None:
        assert store.deliveries.place() is None
        first, second, third = (a_delivery(number, FIRST) for number in (1, 2, 3))
        assert store.deliveries.queue((first,), None, b"place 1")
        assert store.deliveries.place() == b"place 1"
        assert store.deliveries.queue((second,), b"place 1", b"place 2")
        assert not store.deliveries.queue((third,), b"place 1", b"place 3")
        assert not store.deliveries.queue((third,), None, b"place 3")
        assert store.deliveries.place() == b"place 2"
        assert list(store.deliveries.of(FIRST, None, 10)) == [second, first]
        assert store.deliveries.queue((), b"place 2", b"place 4")
        assert store.deliveries.place() == b"place 4"

    def test_what_is_due_comes_in_the_order_of_its_ids(self, store: Store) -> None:
        due = [a_delivery(number, FIRST, due_at=START + 10 - number) for number in (1, 2, 3)]
        later, done = a_delivery(4, FIRST, due_at=START + 99), a_delivery(5, FIRST, due_at=None)
        others = a_delivery(6, SECOND, due_at=START + 10)
        assert store.deliveries.queue((due[2], done, others, due[0], later, due[1]), None, b"x")
        assert list(store.deliveries.due(FIRST, START + 9, 10)) == due
        assert list(store.deliveries.due(FIRST, START + 8, 10)) == due[1:]
        assert list(store.deliveries.due(FIRST, START + 9, 2)) == due[:2]
        assert list(store.deliveries.with_due(START + 9)) == [FIRST]
        assert list(store.deliveries.with_due(START + 10)) == [FIRST, SECOND]
        assert list(store.deliveries.with_due(START)) == []

    def test_a_delivery_is_kept_as_it_became(self, store: Store) -> None:
        delivery = a_delivery(1, FIRST)
        store.deliveries.keep(delivery)
        tried = msgspec.structs.replace(
            delivery,
            fate=Fate.DELIVERED,
            due_at=None,
            count=2,
            tries=(Try(START, None, 10_000), Try(START + 9, 204, 31)),
            since=START + 5,
            count_before=1,
        )
        store.deliveries.keep(tried)
        assert store.deliveries.get(FIRST, delivery.id) == tried
        assert store.deliveries.get(SECOND, delivery.id) is None
        assert store.deliveries.get(FIRST, id_of(2)) is None
        assert list(store.deliveries.with_due(START + 99)) == []
        store.deliveries.keep(msgspec.structs.replace(tried, due_at=START))
        assert list(store.deliveries.with_due(START + 99)) == [FIRST]

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_the_log_of_one_webhook_is_paged_the_newest_first(self, store: Store, limit: int) -> None:
        for number in (3, 1, 5, 2, 4):
            store.deliveries.keep(a_delivery(number, FIRST if number != 5 else SECOND))
        found: list[Delivery] = []
        while page := store.deliveries.of(FIRST, found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [a_delivery(number, FIRST) for number in (4, 3, 2, 1)]

    def test_what_is_old_and_done_is_swept(self, store: Store) -> None:
        old, waiting = a_delivery(1, FIRST, due_at=None), a_delivery(2, FIRST)
        young = a_delivery(3, FIRST, due_at=None)
        for delivery in (old, waiting, young):
            store.deliveries.keep(delivery)
        assert store.deliveries.sweep(young.created_at, 10) == 1
        assert list(store.deliveries.of(FIRST, None, 10)) == [young, waiting]
        assert store.deliveries.sweep(young.created_at, 10) == 0

    def test_no_more_are_swept_at_once_than_is_asked_for(self, store: Store) -> None:
        for number in range(1, 6):
            store.deliveries.keep(a_delivery(number, FIRST, due_at=None))
        swept = [store.deliveries.sweep(1 << 52, 2) for _ in range(4)]
        assert swept == [2, 2, 1, 0]
        assert list(store.deliveries.of(FIRST, None, 10)) == []

    def test_all_of_one_webhook_is_dropped(self, store: Store) -> None:
        for number, hook in ((1, FIRST), (2, SECOND), (3, FIRST)):
            store.deliveries.keep(a_delivery(number, hook))
        store.deliveries.drop(FIRST)
        assert list(store.deliveries.of(FIRST, None, 10)) == []
        assert list(store.deliveries.of(SECOND, None, 10)) == [a_delivery(2, SECOND)]

"""The contract of what outlives a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from hosanna_core.model.change import Change
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.reading import snapshot
from hosanna_core.testing.samples import START, a_user, id_of, user_change


class DurabilityContract(StoreContract):
    """What was acknowledged is there after the store was closed, and what was interrupted is there whole or not."""

    def test_what_was_acknowledged_is_there_when_the_store_is_opened_again(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("durable")
        reopen: Callable[[], Store] = request.getfixturevalue("reopen")
        changes: list[Change[Any]] = [full_change(1), user_change(a_user(2))]
        for change in changes:
            store.ledger.commit(change)
        given_numbers = set(store.jobs.claim_numbers(3))
        store.keystore.keep(b"wrapped", None)
        before = snapshot(store, changes, START)
        again = reopen()
        assert snapshot(again, changes, START) == before
        assert given_numbers.isdisjoint(again.jobs.claim_numbers(3))
        assert again.keystore.wrapped() == b"wrapped"

    def test_a_commit_that_dies_at_any_step_is_stored_whole_or_not_at_all(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("interruptible")
        interrupt = request.getfixturevalue("interrupt")
        for step in range(1, 100):
            change = full_change(step)
            calendar = msgspec.structs.replace(change.calendars[0], technician_id=id_of(5000 + step))
            change = msgspec.structs.replace(change, calendars=(calendar,))
            before = snapshot(store, [change], START)
            with interrupt(step) as deaths:
                store.ledger.commit(change)
            seen = snapshot(store, [change], START)
            if not deaths:
                assert seen != before
                return
            whole = store.jobs.get(change.root.id, SEES_ALL) is not None
            assert (seen == before) is not whole
            if whole:
                assert list(store.jobs.history(change.root.id)) == [change.entry]
                assert store.receipts.get(f"key-{step}", START) == change.receipt
                assert dict(store.calendars.of([calendar.technician_id])) == {
                    calendar.technician_id: calendar
                }
        raise AssertionError("a commit of more than 100 steps")

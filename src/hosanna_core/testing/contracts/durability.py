"""The contract of what outlives a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from hosanna_core.model.change import Change
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.base import StoreContract, stored_user
from hosanna_core.testing.contracts.sessions import opened
from hosanna_core.testing.contracts.spoiled import full_change
from hosanna_core.testing.reading import snapshot
from hosanna_core.testing.samples import (
    START,
    a_session,
    a_user,
    after,
    audit_facts,
    id_of,
    session_change,
    user_change,
)
from hosanna_core.testing.trails import check_trail, told


class DurabilityContract(StoreContract):
    """What was acknowledged is there after the store was closed, and what was interrupted is there whole or not."""

    def test_what_was_acknowledged_is_there_when_the_store_is_opened_again(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("durable")
        reopen: Callable[[], Store] = request.getfixturevalue("reopen")
        user = a_user(2)
        changes: list[Change[Any]] = [
            full_change(1),
            user_change(user, opens=a_session(3, user.id), audit=(audit_facts(4, user.id),)),
            session_change(a_session(5, user.id), audit=(audit_facts(6, user.id),)),
            user_change(after(user), user, ends=(id_of(3),), audit=(audit_facts(7, user.id),)),
        ]
        for change in changes:
            store.ledger.commit(change)
        given_numbers = set(store.jobs.claim_numbers(3))
        store.keystore.keep(b"wrapped", None)
        store.ledger.record([audit_facts(8, user.id)])
        before = snapshot(store, changes, START)
        again = reopen()
        assert snapshot(again, changes, START) == before
        assert len(check_trail(again)) == 5
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
            assert (change.audit[0].id in told(check_trail(store))) is whole
            if whole:
                assert list(store.jobs.history(change.root.id)) == [change.entry]
                assert store.receipts.get(f"key-{step}", START) == change.receipt
                assert dict(store.calendars.of([calendar.technician_id])) == {
                    calendar.technician_id: calendar
                }
        raise AssertionError("a commit of more than 100 steps")

    def test_a_user_whose_change_dies_at_any_step_keeps_sessions_and_trail_or_has_both_anew(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("interruptible")
        interrupt = request.getfixturevalue("interrupt")
        for step in range(1, 100):
            user = stored_user(store, a_user(100 * step))
            number = 100 * step + 10
            ends = [opened(store, a_session(each, user.id)) for each in (number, number + 1)]
            change = user_change(
                after(user, session_epoch=1),
                user,
                opens=a_session(number + 2, user.id),
                ends=tuple(session.id for session in ends),
                audit=(audit_facts(number + 3, user.id), audit_facts(number + 4, user.id)),
            )
            before = snapshot(store, [change], START)
            with interrupt(step) as deaths:
                store.ledger.commit(change)
            listed = check_trail(store)
            whole = store.users.get(user.id) == change.root
            assert (snapshot(store, [change], START) == before) is not whole
            assert [each.id for each in store.sessions.of(user.id, 10)] == (
                [id_of(number + 2)] if whole else [ends[1].id, ends[0].id]
            )
            assert told(listed)[:2] == [id_of(number + 4), id_of(number + 3)] or not whole
            if not deaths:
                assert whole
                return
        raise AssertionError("a commit of more than 100 steps")

    def test_a_record_that_dies_at_any_step_leaves_all_of_its_entries_or_none(
        self, store: Store, request: pytest.FixtureRequest
    ) -> None:
        self.needs("interruptible")
        interrupt = request.getfixturevalue("interrupt")
        kept = 0
        for step in range(1, 100):
            audit = [audit_facts(10 * step + each, id_of(900 + each % 2)) for each in range(3)]
            with interrupt(step) as deaths:
                store.ledger.record(audit)
            found = len(check_trail(store))
            assert found in (kept, kept + 3)
            if not deaths:
                assert found == kept + 3
                return
            kept = found
        raise AssertionError("a record of more than 100 steps")

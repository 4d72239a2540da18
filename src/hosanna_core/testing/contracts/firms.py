"""The contract of the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import Replayed, StaleVersion
from hosanna_core.model.firm import Firm
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.racing import attempt, race
from hosanna_core.testing.samples import START, a_firm, firm_change

if TYPE_CHECKING:
    from hosanna_core.ports import Store


def settled(store: Store, firm: Firm) -> Firm:
    """Commit settings in the place of the version before; answers them."""
    store.ledger.commit(firm_change(firm))
    return firm


class FirmsContract(StoreContract):
    """Reading the settings."""

    def test_until_they_are_changed_the_settings_are_those_of_every_firm(self, store: Store) -> None:
        assert store.firms.get() == Firm()

    def test_settings_are_read_as_they_were_committed_last(self, store: Store) -> None:
        assert settled(store, a_firm(1)) == store.firms.get()
        assert settled(store, a_firm(2, hours={})) == store.firms.get()

    def test_of_two_who_change_the_settings_the_second_is_refused(self, store: Store) -> None:
        first = settled(store, a_firm(1))
        with pytest.raises(StaleVersion):
            settled(store, a_firm(1, hours={}))
        with pytest.raises(StaleVersion):
            settled(store, a_firm(3))
        assert store.firms.get() == first

    def test_of_many_who_change_the_settings_at_once_one_does(self, store: Store) -> None:
        self.needs("concurrency")
        for version in (1, 2):
            wanted = [a_firm(version, updated_at=START + number) for number in range(6)]
            outcomes = race([partial(attempt, store, firm_change(firm)) for firm in wanted])
            assert sorted(outcomes) == ["stale_version"] * 5 + ["stored"]
            assert store.firms.get() == wanted[outcomes.index("stored")]

    def test_a_request_that_was_done_is_refused_and_changes_nothing(self, store: Store) -> None:
        store.ledger.commit(firm_change(a_firm(1), receipt=a_receipt("settle", START)))
        with pytest.raises(Replayed):
            store.ledger.commit(firm_change(a_firm(2), receipt=a_receipt("settle", START + 1)))
        assert store.firms.get() == a_firm(1)

    @shared_store
    @given(firm=strategies.firms())
    def test_all_settings_come_back_as_they_went_in(self, store: Store, firm: Firm) -> None:
        fresh = msgspec.structs.replace(firm, version=store.firms.get().version + 1)
        assert settled(store, fresh) == store.firms.get()

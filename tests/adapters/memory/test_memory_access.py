"""People log in, refresh, replay and lose their rights on the memory store, and no token outlives what it stands on."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from hosanna_adapters.memory import MemoryStore
from hosanna_core.ports import Store
from hosanna_core.testing.access_machine import AccessMachine


class MemoryAccess(AccessMachine):
    def make_store(self) -> Store:
        return MemoryStore().ports()


TestMemoryAccess: Any = MemoryAccess.TestCase
TestMemoryAccess.settings = settings(stateful_step_count=30)


@pytest.mark.deep
def test_no_token_outlives_its_right_in_a_long_year_on_the_memory_store() -> None:
    run_state_machine_as_test(MemoryAccess, settings=settings(max_examples=400, stateful_step_count=60))

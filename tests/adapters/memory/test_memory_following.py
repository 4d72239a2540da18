"""People follow the memory store, lose their connections and come back, and every copy is right."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from hosanna_adapters.memory import MemoryStore
from hosanna_core.ports import Store
from hosanna_core.testing.follow_machine import FollowMachine


class MemoryFollowing(FollowMachine):
    def make_store(self) -> Store:
        self._opened = MemoryStore()
        return self._opened.ports()

    def drop_oldest(self, count: int) -> bool:
        events = self._opened._state.log.events
        for _ in range(count):
            events.popleft()
        return True


TestMemoryFollowing: Any = MemoryFollowing.TestCase
TestMemoryFollowing.settings = settings(stateful_step_count=40)


@pytest.mark.deep
def test_every_copy_is_right_in_a_long_year_on_the_memory_store() -> None:
    run_state_machine_as_test(MemoryFollowing, settings=settings(max_examples=150, stateful_step_count=80))

"""Random people do random things on the memory store, and every step is checked."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from hosanna_adapters.memory import MemoryStore
from hosanna_core.ports import Store
from hosanna_core.testing.machine import WorkflowMachine


class MemoryMachine(WorkflowMachine):
    def make_store(self) -> Store:
        return MemoryStore().ports()


TestMemoryWorkflow: Any = MemoryMachine.TestCase
TestMemoryWorkflow.settings = settings(stateful_step_count=30)


@pytest.mark.deep
def test_a_long_year_on_the_memory_store() -> None:
    run_state_machine_as_test(MemoryMachine, settings=settings(max_examples=300, stateful_step_count=80))

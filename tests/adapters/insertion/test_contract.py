"""The built-in planner keeps the contract of planners."""

import pytest

from hosanna_adapters.insertion import InsertionPlanner
from hosanna_core.ports import Planner
from hosanna_core.testing.contracts import PlannerContract


class TestInsertionPlanner(PlannerContract):
    @pytest.fixture
    def planner(self) -> Planner:
        return InsertionPlanner()

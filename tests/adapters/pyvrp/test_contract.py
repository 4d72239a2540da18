"""The planner over PyVRP keeps the contract of planners."""

import pytest

from hosanna_core.ports import Planner
from hosanna_core.testing.contracts import PlannerContract

pyvrp_planner = pytest.importorskip("hosanna_adapters.pyvrp.planner")


class TestPyvrpPlanner(PlannerContract):
    @pytest.fixture
    def planner(self) -> Planner:
        return pyvrp_planner.PyvrpPlanner()

"""The planner in a process of its own keeps the contract of planners."""

from collections.abc import Iterator
from typing import ClassVar

import pytest

from hosanna_adapters.childprocess import ChildProcessPlanner, Children
from hosanna_core.ports import Planner
from hosanna_core.testing.contracts import PlannerContract

pytestmark = pytest.mark.deep
"""Each plan starts a process; the planner inside passes the same suite at once."""


class TestChildProcessPlanner(PlannerContract):
    seconds: ClassVar[float] = 0.7

    @pytest.fixture
    def planner(self) -> Iterator[Planner]:
        children = Children()
        yield ChildProcessPlanner(children)
        children.close()

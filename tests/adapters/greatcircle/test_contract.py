"""The great circle keeps the contract of travel."""

import pytest

from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_core.testing.contracts import TravelContract


class TestGreatCircleTravel(TravelContract):
    @pytest.fixture
    def travel(self):
        return GreatCircleTravel()

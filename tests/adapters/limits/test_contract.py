"""The kit's contract, alone and shared."""

from collections.abc import Iterator

import pytest
from tests.adapters.limits.conftest import Counters

from hosanna_adapters.distant import Opened
from hosanna_adapters.limits import LimitsThrottles
from hosanna_adapters.limits.shared import SharedCounter
from hosanna_core.testing.contracts import ThrottlesContract


class TestAlone(ThrottlesContract):
    @pytest.fixture
    def throttles(self) -> LimitsThrottles:
        return LimitsThrottles()


class TestShared(ThrottlesContract):
    shared = True

    @pytest.fixture
    def throttles(self, counters: Counters) -> LimitsThrottles:
        return LimitsThrottles(counters())

    @pytest.fixture
    def beside(self, counters: Counters) -> LimitsThrottles:
        return LimitsThrottles(counters())


class TestSharedAndAway(ThrottlesContract):
    """A counter that is not there takes nothing from what each process promises."""

    @pytest.fixture
    def throttles(self) -> Iterator[LimitsThrottles]:
        def opening() -> Opened:
            raise OSError("nobody there")

        throttles = LimitsThrottles(SharedCounter("nowhere", opening))
        yield throttles
        throttles.close()

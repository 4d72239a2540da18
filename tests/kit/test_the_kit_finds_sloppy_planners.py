"""The suite of planners turns red on every planner with a fault, and on no sound one."""

import pytest
from tests.kit import sloppy_planners

pytest_plugins = ["pytester"]

FAULTS = sorted(
    name
    for name, kind in vars(sloppy_planners).items()
    if isinstance(kind, type)
    and issubclass(kind, sloppy_planners.Sloppy)
    and name not in {"Sloppy", "Nothing", "OfVisits", "OfCrew"}
)
SUITE = """
import pytest
from hosanna_core.testing.contracts import PlannerContract
from tests.kit import sloppy_planners

class TestSloppy(PlannerContract):
    @pytest.fixture
    def planner(self):
        return sloppy_planners.{fault}()
"""
ALONE = (
    "-p",
    "no:randomly",
    "-p",
    "no:xdist",
    "-p",
    "no:cacheprovider",
    "--import-mode=importlib",
    "-q",
    "-x",
)


def outcomes(pytester: pytest.Pytester, fault: str) -> dict[str, int]:
    pytester.makepyfile(SUITE.format(fault=fault))
    return pytester.runpytest_inprocess(*ALONE).parseoutcomes()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_contract_finds_a_planner_that(pytester: pytest.Pytester, fault: str) -> None:
    assert outcomes(pytester, fault).get("failed")


def test_the_contract_blames_no_sound_planner(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, "Nothing").keys() == {"passed"}

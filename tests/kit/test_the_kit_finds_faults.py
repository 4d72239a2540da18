"""A suite that nothing turns red proves nothing: each fault must be found, and no sound store be blamed."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.kit.sloppy import sloppy_store

from hosanna_core.errors import HosannaError
from hosanna_core.model.status import Action, Status
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.testing.doubles import ports_on
from hosanna_core.testing.machine import WorkflowMachine

pytest_plugins = ["pytester"]

FOUND_BY = {
    "IgnoresTheExpectedVersion": "Ledger",
    "ForgetsTheEntry": "Ledger",
    "WritesTheEntryAnew": "Ledger",
    "DropsReceipts": "Receipts",
    "LosesTheSecondCalendar": "Ledger",
    "NeverFreesACalendar": "Calendars",
    "ForgetsTheGuard": "Ledger",
    "ForgetsTheClaims": "Ledger",
    "TellsNobody": "Inboxes",
    "StoresHalfOfARefusedChange": "Batch",
    "StopsABatchAtTheFirstRefusal": "Batch",
    "LooksFirstAndWritesLater": "Races",
    "ShowsHiddenJobsById": "Jobs",
    "ShowsEverybodysJobsToATechnician": "Jobs",
    "ShowsHiddenJobsInLists": "Lists",
    "ShowsCancelledJobsThatWereNeverConfirmed": "Lists",
    "ShowsHiddenJobsInSearches": "Search",
    "SortsWindowsAsText": "Lists",
    "PutsJobsWithoutAWindowFirst": "Lists",
    "RepeatsARowOnTheNextPage": "Lists",
    "SkipsRowsThatAreEqualInTheSort": "Lists",
    "EndsASearchAtTheFirstShortPage": "Search",
    "CountsJobsWithoutAWindowIntoARange": "Lists",
    "GivesNumbersTwice": "Jobs",
    "ForgetsOldEntries": "Ledger",
    "ReadsCallersFromACopy": "Users",
    "TellsAgainWhatWasRead": "Inboxes",
    "TrustsTheLastWhoWrapsTheSecret": "Keystore",
    "KeepsReceiptsForEver": "Receipts",
}
SUITES = sorted(set(FOUND_BY.values()))
SUITE = """
import pytest
from hosanna_core.testing import contracts
from tests.kit.sloppy import sloppy_store

class TestSloppy(contracts.{suite}Contract):
    many = 2_050

    @pytest.fixture
    def store(self):
        return sloppy_store("{fault}")
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


def run(pytester: pytest.Pytester, suite: str, fault: str) -> dict[str, int]:
    pytester.makepyfile(SUITE.format(suite=suite, fault=fault))
    return pytester.runpytest_inprocess(*ALONE).parseoutcomes()


@pytest.mark.parametrize("fault", FOUND_BY)
def test_the_contract_finds_a_store_that(pytester: pytest.Pytester, fault: str) -> None:
    assert run(pytester, FOUND_BY[fault], fault).get("failed")


@pytest.mark.parametrize("suite", SUITES)
def test_the_contract_blames_no_sound_store(pytester: pytest.Pytester, suite: str) -> None:
    assert set(run(pytester, suite, "nothing")) == {"passed"}


QUICK = settings(phases=[Phase.generate], stateful_step_count=25, max_examples=200)


def run_machine(kind: type[WorkflowMachine]) -> None:
    run_state_machine_as_test(kind, settings=QUICK)


@pytest.mark.parametrize(
    "fault",
    [
        "DropsReceipts",
        "ForgetsTheEntry",
        "ForgetsTheGuard",
        "GivesNumbersTwice",
        "NeverFreesACalendar",
        "PutsJobsWithoutAWindowFirst",
        "ShowsCancelledJobsThatWereNeverConfirmed",
        "ShowsEverybodysJobsToATechnician",
        "ShowsHiddenJobsById",
        "ShowsHiddenJobsInLists",
        "ShowsHiddenJobsInSearches",
        "SortsWindowsAsText",
    ],
)
def test_the_machine_finds_a_store_that(fault: str) -> None:
    class Sloppy(WorkflowMachine):
        def make_store(self) -> Store:
            return sloppy_store(fault)

    with pytest.raises((AssertionError, HosannaError)):
        run_machine(Sloppy)


def test_the_machine_finds_a_way_that_the_tables_do_not_have() -> None:
    short_cut = [
        step._replace(sources=(*step.sources, Status.CONFIRMED)) if step.action is Action.BILL else step
        for step in STANDARD.steps
    ]

    class ShortCut(WorkflowMachine):
        def make_ports(self) -> Ports:
            return ports_on(sloppy_store("nothing"), lifecycle=Lifecycle(short_cut), clock=self.clock)

    with pytest.raises(AssertionError):
        run_machine(ShortCut)

"""A suite that nothing turns red proves nothing: each fault must be found, and no sound store be blamed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from tests.kit import sloppy_ports, test_doubles
from tests.kit.sloppy import sloppy_store

from hosanna_core.errors import HosannaError
from hosanna_core.model.status import Action, Status
from hosanna_core.ports import Ports, Store
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.testing.access_machine import POLICY, AccessMachine
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
    "ForgetsOldEntriesOfMany": "Ledger",
    "ReadsAThousandHistories": "Ledger",
    "GetsAThousandUsers": "Users",
    "KeepsWhoIsCalling": "Users",
    "ReadsCallersFromACopy": "Users",
    "TellsAgainWhatWasRead": "Inboxes",
    "TrustsTheLastWhoWrapsTheSecret": "Keystore",
    "KeepsReceiptsForEver": "Receipts",
    "PutsNothingDown": "Ledger",
    "PutsDownWhatIsRefusedLater": "Ledger",
    "PutsEntriesDownBackwards": "Ledger",
    "RecordsOnlyTheFirst": "Ledger",
    "EndsNoSession": "Ledger",
    "EndsAnybodysSession": "Ledger",
    "OpensNoSession": "Ledger",
    "ForgetsNobody": "Ledger",
    "BringsEndedSessionsBackToLife": "Ledger",
    "FindsAnErasedCustomer": "Ledger",
    "ExchangesATokenTwice": "Races",
    "ForksAStream": "Races",
    "ListsEndedSessions": "Sessions",
    "ListsTheOldestSessionsFirst": "Sessions",
    "LeavesEndedSessionsOutOfAll": "Sessions",
    "KnowsNoPlaceOfAnEndedSession": "Sessions",
    "KnowsEverybodysPlaces": "Sessions",
    "ReadsSessionsFromACopy": "Sessions",
    "ListsByTheTimeOfWriting": "Audits",
    "IgnoresAFilter": "Audits",
    "CountsTheLastInstantIntoARange": "Audits",
    "LeavesAnEntryOutOfAStream": "Audits",
    "ShowsEveryHead": "Audits",
    "GetsAThousandJobs": "Jobs",
    "GetsManyThatAreHidden": "Jobs",
    "GetsAllJobs": "Jobs",
    "LooksAtAThousandJobs": "Jobs",
    "LooksAtJobsAsTheyWere": "Jobs",
    "LooksAtAllJobs": "Jobs",
    "GivesAnEventTwice": "Feed",
    "LosesOneAtTheEdge": "Feed",
    "GivesLessThanThereIs": "Feed",
    "ForgetsTheLimit": "Feed",
    "BeginsAnewWhereItIsLost": "Feed",
    "TakesTheFutureForTheEnd": "Feed",
    "WaitsForWhatIsLost": "Feed",
    "CountsInText": "Feed",
    "HeadOfAMomentAgo": "Feed",
    "NamedAnewEachTime": "Feed",
    "SleepsThrough": "Feed",
    "NeverWaits": "Feed",
    "WakesTheFirstWhoWaits": "Feed",
    "FillsGapsLater": "Feed",
    "TellsNoNotices": "Feed",
    "TellsOfARefusedChange": "Feed",
    "TellsACommitBackwards": "Feed",
    "TellsOnlyTheFirstEvent": "Feed",
    "TellsOfNoticesFirst": "Feed",
    "TellsInAnOrderOfItsOwn": "Feed",
    "TellsEachReading": "Feed",
    "FindsAnybodysNotice": "Inboxes",
    "ForgetsOnWhichWays": "Inboxes",
    "CountsWhatHasExpired": "Inboxes",
    "GetsManyOfAnybodysNotices": "Inboxes",
    "LeavesOutWhoHasNothingUnread": "Inboxes",
    "CountsForManyWhatHasExpired": "Inboxes",
    "ReadsAllOfEverybody": "Inboxes",
    "ReadsAgainWhatWasRead": "Inboxes",
    "ReadsAllAndKeepsNoReceipt": "Inboxes",
    "LetsTwoTakeTheSame": "Inboxes",
    "TakesTheShortestDueFirst": "Inboxes",
    "TakesOnce": "Inboxes",
    "SettlesTheWholeNotice": "Inboxes",
    "SweepsByTheAgeAlone": "Inboxes",
    "SweepsWhatHasToBeTold": "Inboxes",
    "SweepsAllNoticesAtOnce": "Inboxes",
    "BringsBackWhatIsGone": "Inboxes",
    "ShowsExpiredAnnouncements": "Announcements",
    "ShowsAnInstantTooLong": "Announcements",
    "ShowsTheAnnouncementsOfEveryRole": "Announcements",
    "SiftsAPageThatWasCut": "Announcements",
    "ForgetsTheAnnouncement": "Announcements",
    "GetsAThousandAnnouncements": "Announcements",
    "AnnouncesTheSameAgain": "Ledger",
    "NeverLetsGo": "Followers",
    "LetsAllGo": "Followers",
    "ListsFollowersAsTheyCame": "Followers",
    "ListsWhatAnybodyFollows": "Followers",
    "KeepsWhatAnErasedUserFollows": "Ledger",
    "PushesToWhoWasErased": "Ledger",
    "KeepsTwoOfOneEndpoint": "Subscriptions",
    "KeepsTheFirstOfAnEndpoint": "Subscriptions",
    "DropsAnybodysSubscription": "Subscriptions",
    "SubscribesWhoeverAsksAgain": "Subscriptions",
    "TellsNoEndpointsApartByCase": "Subscriptions",
    "TakesATicketTwice": "Tickets",
    "LooksFirstAndRedeemsLater": "Tickets",
    "RemembersFiftyTickets": "Tickets",
    "LetsOneTicketInAtATime": "Tickets",
    "ForgetsWhatCameOfIt": "DayPlans",
    "ListsTheOldestPlansFirst": "DayPlans",
    "ListsAPlanOnTwoPages": "DayPlans",
    "ForgetsWhyAJobIsLeftOut": "DayPlans",
    "SummarisesTheFirstVersion": "DayPlans",
    "SweepsTheLastDayToo": "DayPlans",
    "SweepsAllPlansAtOnce": "DayPlans",
    "PlansTheSameTwice": "DayPlans",
    "HasNoHours": "Firms",
    "SettlesForTheFirst": "Firms",
    "SettlesWhatSomebodyElseSettled": "Firms",
    "ForgetsThatAKeyWasRevoked": "ApiKeys",
    "ListsTheOldestKeysFirst": "ApiKeys",
    "ForgetsTheFormerSecret": "Webhooks",
    "ListsOneWebhookOnTwoPages": "Webhooks",
    "LetsTwoRead": "Bookmarks",
    "ReadsForEverybodyAtOnce": "Bookmarks",
    "KeepsOnePlaceForAll": "Bookmarks",
    "MovesAPlaceFromAnywhere": "Bookmarks",
    "NeverLetsGoOfTheLease": "Bookmarks",
    "QueuesTwice": "Deliveries",
    "ForgetsHowFarItRead": "Deliveries",
    "TakesTheDueInAnyOrder": "Deliveries",
    "ShowsOneWebhookTheDeliveriesOfAnother": "Deliveries",
    "SweepsWhatWaits": "Deliveries",
    "SweepsAllDeliveriesAtOnce": "Deliveries",
    "ForgetsTheTries": "Deliveries",
    "KeepsTheNewestOfAHistory": "Snapshots",
    "LeavesReceiptsBehind": "Snapshots",
    "NumbersFromTheBeginning": "Snapshots",
    "SealsTheTrailAnew": "Snapshots",
    "LoadsAnywhere": "Snapshots",
    "LeavesAHalf": "Snapshots",
    "LosesASession": "Snapshots",
    "DumpsUsersFirst": "Snapshots",
    "DumpsWhatItMeets": "Snapshots",
    "CountsNoHeads": "Snapshots",
    "StaysTheSameStore": "Snapshots",
    "CountsForAllWhatOnlySomeSee": "Tallies",
    "AddsUpWhatIsApart": "Tallies",
    "CountsTheSlotAtTheEnd": "Tallies",
    "TellsReasonsOfJobsThatAreHidden": "Tallies",
    "TellsTheOldestReasons": "Tallies",
    "CountsEveryAgeFromTheNext": "Tallies",
    "TellsOnlyThatSomebodySignedIn": "Tallies",
}
SUITES = sorted(set(FOUND_BY.values()))
SUITE = """
import pytest
from hosanna_core.testing import contracts
from tests.kit import sloppy_ports, test_doubles
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


SLOW = {"Feed", "Races", "Ledger"}
"""Suites that wait, race or compare whole stores: their faults are looked for at length."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=pytest.mark.deep) if suite in SLOW else fault
        for fault, suite in FOUND_BY.items()
    ],
)
def test_the_contract_finds_a_store_that(pytester: pytest.Pytester, fault: str) -> None:
    assert run(pytester, FOUND_BY[fault], fault).get("failed")


PORTS_FOUND_BY = {
    "Throttles": (
        "CountsForItself",
        "CountsSecondsOfTheClock",
        "NeverForgets",
        "CountsWhatItRefuses",
        "LooksFirstAndCountsLater",
        "LetsEverybodyTryAtOnce",
        "CountsEveryTry",
        "ForgetsWhoIsUnderWay",
        "MixesKeys",
        "TellsOfTheWidest",
    ),
    "Cache": (
        "KeepsForEver",
        "KeepsWhatIsAskedFor",
        "KeepsTheFirst",
        "KeepsTheFirstTime",
        "KeepsTheBeginning",
        "KeepsByHalfAName",
        "GivesNothingForNone",
        "TakesNothingForNone",
        "KeepsForItself",
    ),
    "Mailer": (
        "SendsTwice",
        "TrimsLetters",
        "SaysWhatItCannotDeliver",
        "ObeysWhatIsWrittenInALetter",
    ),
    "Signatures": ("FitsWhateverBeginsRight", "SignsTheBeginning", "RaisesForWhatIsNoSignature"),
    "Encryption": (
        "IgnoresThePlace",
        "EncryptsAlike",
        "EncryptsUnderTheOldestKey",
        "TakesWhatWasNeverEncrypted",
        "FindsByAHashThatAnybodyCanMake",
        "FindsByTheFirstKey",
    ),
    "Passwords": ("NeverHashesAnew", "TakesOnlyItsOwnParameters"),
    "Tokens": ("GivesNoMinute", "ForgetsTheSession"),
    "Travel": ("GoesBackInTime", "MixesRowsAndColumns", "RoundsTheBlock", "LosesItsWay"),
}
"""The fixtures of each suite are those of the stand-in's own test, which makes the spoiled one instead."""
DOUBLES = {
    "Throttles": "PlainThrottles",
    "Cache": "PlainCache",
    "Mailer": "Letterbox",
    "Signatures": "PlainSignatures",
    "Encryption": "PlainEncryption",
    "Passwords": "PlainPasswords",
    "Tokens": "PlainTokens",
    "Travel": "PlainTravel",
}


@pytest.mark.parametrize(
    ("suite", "fault"), [(suite, fault) for suite, faults in PORTS_FOUND_BY.items() for fault in faults]
)
def test_the_contract_of_a_port_finds_one_that(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, suite: str, fault: str
) -> None:
    double = DOUBLES[suite]
    monkeypatch.setattr(test_doubles, double, getattr(sloppy_ports, fault))
    pytester.makepyfile(f"from tests.kit.test_doubles import Test{double}")
    assert pytester.runpytest_inprocess(*ALONE).parseoutcomes().get("failed")


@pytest.mark.parametrize(
    "suite", [pytest.param(suite, marks=pytest.mark.deep) if suite in SLOW else suite for suite in SUITES]
)
def test_the_contract_blames_no_sound_store(pytester: pytest.Pytester, suite: str) -> None:
    assert run(pytester, suite, "nothing").keys() - {"skipped"} == {"passed"}


QUICK = settings(phases=[Phase.generate], stateful_step_count=25, max_examples=1_000)


def seldom(fault: str) -> Any:
    """One that takes a machine long to meet; the contract that is named above finds it at once."""
    assert fault in FOUND_BY
    return pytest.param(fault, marks=pytest.mark.deep)


def run_machine(kind: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(kind, settings=QUICK)


@pytest.mark.parametrize(
    "fault",
    [
        "DropsReceipts",
        "ForgetsTheEntry",
        seldom("ForgetsTheGuard"),
        "GivesNumbersTwice",
        "NeverFreesACalendar",
        "PutsJobsWithoutAWindowFirst",
        "ShowsCancelledJobsThatWereNeverConfirmed",
        "ShowsEverybodysJobsToATechnician",
        "ShowsHiddenJobsById",
        "ShowsHiddenJobsInLists",
        seldom("ShowsHiddenJobsInSearches"),
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


@pytest.mark.parametrize(
    "fault",
    [
        "EndsNoSession",
        "ForgetsTheGuard",
        "KeepsWhoIsCalling",
        "OpensNoSession",
        "ReadsSessionsFromACopy",
    ],
)
def test_the_access_machine_finds_a_store_that(fault: str) -> None:
    class Sloppy(AccessMachine):
        def make_store(self) -> Store:
            return sloppy_store(fault)

    with pytest.raises((AssertionError, HosannaError)):
        run_machine(Sloppy)


@pytest.mark.parametrize("fault", ["GivesNoMinute", "ForgetsTheSession"])
def test_the_access_machine_finds_tokens_that(fault: str) -> None:
    class Sloppy(AccessMachine):
        def make_ports(self) -> Ports:
            plain = ports_on(sloppy_store("nothing"), clock=self.clock, policy=POLICY)
            return replace(plain, tokens=getattr(sloppy_ports, fault)())

    with pytest.raises((AssertionError, HosannaError)):
        run_machine(Sloppy)

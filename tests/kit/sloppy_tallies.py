"""Stores that count with one fault each that a suite must find."""

from typing import Any

import msgspec
from tests.kit.spoiling import Around

from hosanna_core.model.ids import DAY
from hosanna_core.rules.visibility import SEES_ALL


class Tallies(Around):
    port = "tallies"


class CountsForAllWhatOnlySomeSee(Tallies):
    def sums(self, wanted: Any) -> Any:
        return self.inner.sums([msgspec.structs.replace(sought, hidden=True) for sought in wanted])


class AddsUpWhatIsApart(Tallies):
    """Days are lost."""

    def sums(self, wanted: Any) -> Any:
        return self.inner.sums([msgspec.structs.replace(sought, every=None) for sought in wanted])


class CountsTheSlotAtTheEnd(Tallies):
    def sums(self, wanted: Any) -> Any:
        return self.inner.sums(
            [msgspec.structs.replace(sought, until=sought.until + 96) for sought in wanted]
        )


class TellsReasonsOfJobsThatAreHidden(Tallies):
    def reasons(self, scope: Any, period: Any, limit: int) -> Any:
        return self.inner.reasons(SEES_ALL, period, limit)


class TellsTheOldestReasons(Tallies):
    def reasons(self, scope: Any, period: Any, limit: int) -> Any:
        return list(self.inner.reasons(scope, period, 10_000))[::-1][:limit]


class CountsEveryAgeFromTheNext(Tallies):
    def standing(self, scope: Any, since: Any) -> Any:
        return self.inner.standing(scope, [cut + DAY for cut in since])


class TellsOnlyThatSomebodySignedIn(Tallies):
    def sign_ins(self, period: Any) -> Any:
        return [each._replace(n=1) for each in self.inner.sign_ins(period)]

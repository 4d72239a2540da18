"""Stores of plans and settings with one fault each that a suite must find."""

from typing import Any

import msgspec
from tests.kit.spoiling import Around, Ledger

from hosanna_core.model.dayplan import DayPlan, PlanStatus
from hosanna_core.model.firm import Firm
from hosanna_core.model.ids import Id


class DayPlans(Around):
    port = "dayplans"


class ForgetsWhatCameOfIt(DayPlans):
    def get(self, plan_id: Id) -> Any:
        found = self.inner.get(plan_id)
        return found and msgspec.structs.replace(found, outcomes=())


class ListsTheOldestPlansFirst(DayPlans):
    def page(self, after: Any, limit: int) -> Any:
        everything = list(self.inner.page(None, 1_000))[::-1]
        return [each for each in everything if after is None or each.id > after][:limit]


class ListsAPlanOnTwoPages(DayPlans):
    def page(self, after: Any, limit: int) -> Any:
        everything = self.inner.page(None, 1_000)
        found = [each for each in everything if after is None or each.id <= after][:limit]
        return [] if len(found) == 1 and found[0].id == after else found


class ForgetsWhyAJobIsLeftOut(DayPlans):
    def get(self, plan_id: Id) -> Any:
        found = self.inner.get(plan_id)
        bare = found and tuple(msgspec.structs.replace(each, reasons=()) for each in found.left_out)
        return found and msgspec.structs.replace(found, left_out=bare)


class SummarisesTheFirstVersion(DayPlans):
    def page(self, after: Any, limit: int) -> Any:
        return [
            msgspec.structs.replace(each, version=1, status=PlanStatus.DRAFT)
            for each in self.inner.page(after, limit)
        ]


class SweepsTheLastDayToo(DayPlans):
    def sweep(self, before: str, limit: int) -> Any:
        return self.inner.sweep(f"{before}~", limit)


class SweepsAllPlansAtOnce(DayPlans):
    def sweep(self, before: str, limit: int) -> Any:
        return self.inner.sweep(before, 1_000)


class PlansTheSameTwice(Ledger):
    """The receipt of a plan is lost."""

    def spoil(self, change: Any) -> Any:
        return msgspec.structs.replace(change, receipt=None) if isinstance(change.root, DayPlan) else change


class Firms(Around):
    port = "firms"


class HasNoHours(Firms):
    def get(self) -> Any:
        return msgspec.structs.replace(self.inner.get(), hours={})


class SettlesForTheFirst(Firms):
    """What was read once is never read again."""

    def get(self) -> Any:
        found = self.inner.get()
        if not found.version:
            return found
        self._known = getattr(self, "_known", found)
        return self._known


class SettlesWhatSomebodyElseSettled(Ledger):
    def spoil(self, change: Any) -> Any:
        if not isinstance(change.root, Firm):
            return change
        return msgspec.structs.replace(change, expected=self.store.firms.get().version or None)

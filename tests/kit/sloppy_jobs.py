"""Jobs that are read wrongly now and then: each has one fault that a suite must find."""

from typing import Any

import msgspec
from tests.kit.spoiling import Around

from hosanna_core.model.ids import FAR_FUTURE
from hosanna_core.model.query import Page, Position, Sort
from hosanna_core.model.status import Standing
from hosanna_core.rules.visibility import SEES_ALL


class Jobs(Around):
    port = "jobs"


class ShowsHiddenJobsById(Jobs):
    def get(self, job_id: Any, scope: Any) -> Any:
        return self.inner.get(job_id, SEES_ALL)


class ShowsEverybodysJobsToATechnician(Jobs):
    def get(self, job_id: Any, scope: Any) -> Any:
        return self.inner.get(job_id, msgspec.structs.replace(scope, technician_id=None))


class ShowsHiddenJobsInLists(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        return self.inner.page(msgspec.structs.replace(scope, technician_id=None), wanted, sort, after, limit)


class ShowsCancelledJobsThatWereNeverConfirmed(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        standings = scope.standings
        if Standing.CANCELLED_OFFICE in standings:
            standings |= {Standing.CANCELLED_UNSEEN}
        return self.inner.page(
            msgspec.structs.replace(scope, standings=standings), wanted, sort, after, limit
        )


class ShowsHiddenJobsInSearches(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        searched = bool(wanted.words or wanted.prefix)
        return self.inner.page(SEES_ALL if searched else scope, wanted, sort, after, limit)


class SortsWindowsAsText(Jobs):
    """Positions and rows are right for every other order."""

    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        return self.inner.page(scope, wanted, Sort.OLDEST if sort is Sort.WINDOW else sort, after, limit)


class PutsJobsWithoutAWindowFirst(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        if sort is not Sort.WINDOW:
            return page
        rows = sorted(page.rows, key=lambda row: msgspec.json.decode(row.body)["window"] is not None)
        return Page(tuple(rows), page.next)


class RepeatsARowOnTheNextPage(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        if page.next is None or len(page.rows) < 2:
            return page
        keys = page.next.keys
        back = Position((*keys[:-1], keys[-1] + (1 if sort is Sort.NEWEST else -1)), page.next.id)
        return Page(page.rows, back)


class SkipsRowsThatAreEqualInTheSort(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        if after is not None:
            after = Position(after.keys, "" if sort is Sort.NEWEST else "z")
        return self.inner.page(scope, wanted, sort, after, limit)


class EndsASearchAtTheFirstShortPage(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        page = self.inner.page(scope, wanted, sort, after, limit)
        return Page(page.rows, None) if len(page.rows) < limit else page


class CountsJobsWithoutAWindowIntoARange(Jobs):
    def page(self, scope: Any, wanted: Any, sort: Any, after: Any, limit: int) -> Any:
        if wanted.window_from is not None and wanted.window_to is None and wanted.window_from < FAR_FUTURE:
            wanted = msgspec.structs.replace(wanted, window_from=None)
        return self.inner.page(scope, wanted, sort, after, limit)


class GetsAThousandJobs(Jobs):
    def get_many(self, job_ids: Any, scope: Any) -> Any:
        return self.inner.get_many(job_ids[:1000], scope)


class GetsManyThatAreHidden(Jobs):
    def get_many(self, job_ids: Any, scope: Any) -> Any:
        return self.inner.get_many(job_ids, SEES_ALL)


class GetsAllJobs(Jobs):
    def get_many(self, job_ids: Any, scope: Any) -> Any:
        return self.inner.get_many(list(self.inner._state.jobs), scope)


class ForgetsOldEntriesOfMany(Jobs):
    def histories(self, job_ids: Any) -> Any:
        return {each: found[-64:] for each, found in self.inner.histories(job_ids).items()}


class ReadsAThousandHistories(Jobs):
    def histories(self, job_ids: Any) -> Any:
        return self.inner.histories(job_ids[:1000])


class LooksAtAThousandJobs(Jobs):
    def sights(self, job_ids: Any) -> Any:
        return self.inner.sights(job_ids[:1000])


class LooksAtJobsAsTheyWere(Jobs):
    """Remembers what was shown of each, for ever; those of whose ids others were asked for, too."""

    def sights(self, job_ids: Any) -> Any:
        jobs = self.inner._state.jobs
        first = {
            each: msgspec.structs.replace(sight, version=1) for each, sight in self.inner.sights(jobs).items()
        }
        return {each: first[each] for each in job_ids if each in first}


class LooksAtAllJobs(Jobs):
    def sights(self, job_ids: Any) -> Any:
        return self.inner.sights(list(self.inner._state.jobs))


class GivesNumbersTwice(Jobs):
    def claim_numbers(self, count: int) -> Any:
        return range(1, count + 1)


class ForgetsOldEntries(Jobs):
    def history(self, job_id: Any) -> Any:
        return self.inner.history(job_id)[-64:]

"""Reading jobs."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from hosanna_core.model.change import EXTERNAL_REF
from hosanna_core.model.documents import body_of
from hosanna_core.model.query import JobFilter, JobPage, Page, Position, Row, Sight, Sort
from hosanna_core.rules.filters import fits, has_words
from hosanna_core.rules.ordering import position_of
from hosanna_core.rules.words import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.rules.visibility import Scope

BUDGET: Final = 2_000
"""The most jobs that one page looks at where the order alone does not find them."""


class MemoryJobs:
    """The jobs of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, job_id: JobId, scope: Scope) -> Job | None:
        job = self._state.jobs.get(job_id)
        return job if job is not None and scope.admits(job.place) else None

    def get_many(self, job_ids: Sequence[JobId], scope: Scope) -> Mapping[JobId, Job]:
        with self._state.lock:
            return {each: job for each in job_ids if (job := self.get(each, scope)) is not None}

    def sights(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sight]:
        with self._state.lock:
            found = [job for each in job_ids if (job := self._state.jobs.get(each)) is not None]
            return {job.id: Sight(job.id, job.version, job.place, self._body(job)) for job in found}

    def page(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, limit: int
    ) -> JobPage:
        state = self._state
        budget = BUDGET if _needs_budget(wanted, sort) else None
        rows: list[Row] = []
        job: Job | None = None
        with state.lock:
            walk = state.shelves.walk(scope, wanted, sort, after, state.jobs)
            for spot in islice(walk, budget):
                job = state.jobs[str(spot[-1])]
                if self._wanted(job, wanted):
                    rows.append(Row(job.id, self._body(job)))
                    if len(rows) == limit:
                        break
            more = next(walk, None) is not None
        return Page(tuple(rows), position_of(sort, job) if more and job is not None else None)

    def history(self, job_id: JobId) -> Sequence[Entry]:
        with self._state.lock:
            return tuple(self._state.histories.get(job_id, ()))

    def histories(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sequence[Entry]]:
        kept = self._state.histories
        with self._state.lock:
            return {each: tuple(kept[each]) for each in job_ids if each in kept}

    def of_customer(self, keys: Sequence[bytes], after: JobId | None, limit: int) -> Sequence[Job]:
        state = self._state
        with state.lock:
            found = {each for key in keys for each in state.customers.get(key, ())}
            wanted = sorted(each for each in found if after is None or each > after)
            return [state.jobs[each] for each in wanted[:limit]]

    def claim_numbers(self, count: int) -> Sequence[int]:
        state = self._state
        with state.lock:
            first = state.numbers
            state.numbers += count
        return range(first, first + count)

    def known_refs(self, refs: Sequence[str]) -> frozenset[str]:
        with self._state.lock:
            return frozenset(ref for ref in refs if (EXTERNAL_REF, ref) in self._state.claims)

    def _wanted(self, job: Job, wanted: JobFilter) -> bool:
        """`rules.filters.matches`, with the job's words split only once."""
        return fits(job, wanted) and (
            not (wanted.words or wanted.prefix) or has_words(self._words(job), wanted)
        )

    def _words(self, job: Job) -> frozenset[str]:
        words = self._state.words.get(job.id)
        if words is None:
            words = self._state.words[job.id] = words_of(job)
        return words

    def _body(self, job: Job) -> bytes:
        body = self._state.bodies.get(job.id)
        if body is None:
            body = self._state.bodies[job.id] = body_of(job)
        return body


def _needs_budget(wanted: JobFilter, sort: Sort) -> bool:
    by_window = sort is Sort.WINDOW
    crosswise = (
        (wanted.created_from, wanted.created_to) if by_window else (wanted.window_from, wanted.window_to)
    )
    return bool(wanted.words) or wanted.prefix is not None or crosswise != (None, None)

"""Reading jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.query import JobFilter, JobPage, Position, Sight, Sort
    from hosanna_core.rules.visibility import Scope


class Jobs(Protocol):
    """The stored jobs. Every read after a commit, from any thread or process, sees that commit."""

    def get(self, job_id: JobId, scope: Scope) -> Job | None:
        """The job, or None if it is absent or not within *scope*: both cost the same single read."""

    def get_many(self, job_ids: Sequence[JobId], scope: Scope) -> Mapping[JobId, Job]:
        """Those of the jobs that are there and within *scope*, in one read, however many are asked for."""

    def sights(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sight]:
        """Those of the jobs that are there, as they are now, in one read. Asks nobody's permission."""

    def page(
        self, scope: Scope, wanted: JobFilter, sort: Sort, after: Position | None, limit: int
    ) -> JobPage:
        """At most *limit* rows of what *scope* admits and *wanted* asks for, in the order of *sort*, after *after*.

        The caller has narrowed the scope by the filter already (`Scope.narrow`); statuses and technician of the
        filter need not be looked at again. Rows carry the stored document (`model.documents.body_of`). Without words
        and prefix, and with ranges only over the time that is sorted by, a page is short only at the end of the list;
        otherwise at most a bounded number of entries (about 2,000) is looked at, and a short page may carry a `next`.
        `next` is None only at the end. A row that does not change is neither repeated nor skipped while one pages on.
        No query walks rows outside *scope*, nor the whole store.
        """

    def history(self, job_id: JobId) -> Sequence[Entry]:
        """Every entry of the job, oldest first; empty if there is no such job. Asks nobody's permission."""

    def histories(self, job_ids: Sequence[JobId]) -> Mapping[JobId, Sequence[Entry]]:
        """The same of each of the jobs that is there, in one read for all but the few whose histories are very long."""

    def of_customer(self, keys: Sequence[bytes], after: JobId | None, limit: int) -> Sequence[Job]:
        """At most *limit* jobs that carry any of these customer keys, in the order of their ids, above *after*.

        Asks nobody's permission; each job comes once, however many of the keys it carries.
        """

    def claim_numbers(self, count: int) -> Sequence[int]:
        """*count* job numbers (1 at least) that nobody was ever given before; gaps and disorder are allowed."""

    def known_refs(self, refs: Sequence[str]) -> frozenset[str]:
        """Those of *refs* that are the external_ref of a stored job already."""

"""Verifying the histories of all jobs, beside whoever works on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.errors import BrokenChain
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.history import verify, verify_job
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.usecases.page_by_page import jobs_by_page
from hosanna_core.usecases.trail import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_core.model.entry import Entry
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Ports

_LOOKS: Final = 3
"""How often a job is looked at that changes while it is verified."""


def verify_histories(ports: Ports, watch: Callable[[int], None] = lambda _: None) -> int:
    """Verify the history of every job; answers how many. Raises BrokenChain, which names the job."""
    done = 0
    for page in jobs_by_page(ports, SEES_ALL, JobFilter(), Sort.OLDEST):
        for job_id in _doubtful(ports, [row.id for row in page]):
            _verify_alone(ports, job_id)
        done += len(page)
        watch(done)
    return done


def _doubtful(ports: Ports, job_ids: Sequence[JobId]) -> list[JobId]:
    """Those whose histories do not hold as all are read together: somebody may have worked on them meanwhile."""
    if not job_ids:
        return []
    try:
        with readable(0, "a history"):
            jobs = ports.store.jobs.get_many(job_ids, SEES_ALL)
            histories = ports.store.jobs.histories(job_ids)
    except BrokenChain:
        # Some job among so many: one by one it shows which.
        return list(job_ids)
    return [each for each in job_ids if not _holds(jobs.get(each), histories.get(each, ()))]


def _holds(job: Job | None, entries: Sequence[Entry]) -> bool:
    try:
        _verify(job, entries)
    except BrokenChain:
        return False
    return True


def _verify_alone(ports: Ports, job_id: JobId) -> None:
    for look in range(_LOOKS):
        try:
            with readable(0, "its history"):
                job = ports.store.jobs.get(job_id, SEES_ALL)
                entries = ports.store.jobs.history(job_id)
            _verify(job, entries)
        except BrokenChain as broken:
            # Somebody may have changed it between the two reads.
            if look == _LOOKS - 1:
                raise BrokenChain(broken.version, f"job {job_id}: {broken.detail}") from None
        else:
            return


def _verify(job: Job | None, entries: Sequence[Entry]) -> None:
    if job is None:
        raise BrokenChain(0, "it is listed and not there")
    with readable(0, "its history"):
        verify(job, entries)
        verify_job(job, entries)

"""Jobs: making, reading, editing and moving them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import (
    HardRuleBroken,
    IllegalTransition,
    JobClosed,
    NoCandidate,
    NotFound,
    PermissionDenied,
    PluginFailed,
    PluginRefused,
    PreconditionFailed,
    PreconditionRequired,
    VersionConflict,
    WindowLocked,
)
from hosanna_core.model.documents import JobDocument
from hosanna_core.usecases import candidates, fieldwork, jobs
from hosanna_core.usecases.candidates import CandidateList
from hosanna_core.usecases.forms import ORDER_FORMS, JobForm
from hosanna_core.usecases.job_types import NewJobForm
from hosanna_core.usecases.queries import CandidatesQuery, JobQuery, JobsQuery
from hosanna_web.api.answers import (
    ActionList,
    EntryList,
    JobList,
    document,
    job_reply,
    list_reply,
    new_job_reply,
)
from hosanna_web.api.operations import BASE, Lane, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def create(call: Call) -> Reply:
    """Make a TENTATIVE job."""
    job = jobs.create_job(call.ports, call.actor, call.body, once=call.once)
    return new_job_reply(job, f"{call.arrival.path}/{job.id}")


def page(call: Call) -> Reply:
    """A page of the jobs in view, joined from the stored documents."""
    found, cursor = jobs.list_jobs(call.ports, call.actor, call.query)
    return list_reply([row.body for row in found.rows], cursor)


def get(call: Call) -> Reply:
    """One job, now or as it was."""
    return job_reply(jobs.get_job(call.ports, call.actor, call.id, call.query))


def edit(call: Call) -> Reply:
    """Change a job's details by a merge patch."""
    return job_reply(jobs.edit_job(call.ports, call.actor, call.id, call.body, if_match=call.if_match))


def actions(call: Call) -> Reply:
    """Every action, with the verdict on it for this caller and this job now."""
    return document(ActionList(jobs.job_actions(call.ports, call.actor, call.id, call.query)))


def transition(call: Call) -> Reply:
    """Move a job on."""
    job = fieldwork.transition_job(
        call.ports,
        call.actor,
        call.id,
        call.path["action"],
        call.body,
        if_match=call.if_match,
        once=call.once,
    )
    return job_reply(job)


def history(call: Call) -> Reply:
    """Every change of a job."""
    return document(EntryList(jobs.job_history(call.ports, call.actor, call.id, call.query)))


def who(call: Call) -> Reply:
    """Who can take the job, who should, and why not."""
    return document(candidates.job_candidates(call.ports, call.actor, call.id, call.query))


_MOVED: Final = (PermissionDenied, NotFound, PreconditionFailed, VersionConflict)
_NARROWED: Final = (PluginRefused, PluginFailed)
_route = partial(Operation, area="jobs")
JOBS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/jobs",
        name="create_job",
        summary="Make a TENTATIVE job",
        run=create,
        status=201,
        answer=JobDocument,
        body=(NewJobForm,),
        once=True,
        located=True,
        tagged=True,
        # A repeated request shows what the first one made, as long as it may be seen.
        refusals=(PermissionDenied, NotFound, *_NARROWED),
    ),
    _route(
        method="GET",
        path=BASE + "/jobs",
        name="list_jobs",
        summary="List the jobs that you may see",
        run=page,
        answer=JobList,
        query=JobsQuery,
        where=Lane.SHORT,
        unless="q",
    ),
    _route(
        method="GET",
        path=BASE + "/jobs/{id}",
        name="get_job",
        summary="Read a job, now or as it was",
        run=get,
        answer=JobDocument,
        query=JobQuery,
        tagged=True,
        refusals=(NotFound,),
        where=Lane.SHORT,
        unless="as_of",
    ),
    _route(
        method="PATCH",
        path=BASE + "/jobs/{id}",
        name="edit_job",
        summary="Edit a job's details (merge patch; needs If-Match)",
        run=edit,
        answer=JobDocument,
        body=(JobForm,),
        tagged=True,
        refusals=(*_MOVED, PreconditionRequired, JobClosed, WindowLocked),
    ),
    _route(
        method="GET",
        path=BASE + "/jobs/{id}/transitions",
        name="list_transitions",
        summary="Ask what may be done with a job, and why not",
        run=actions,
        answer=ActionList,
        refusals=(NotFound,),
    ),
    _route(
        method="POST",
        path=BASE + "/jobs/{id}/transitions/{action}",
        name="transition_job",
        summary="Move a job on",
        run=transition,
        answer=JobDocument,
        body=tuple(dict.fromkeys(ORDER_FORMS.values())),
        once=True,
        tagged=True,
        refusals=(*_MOVED, *_NARROWED, IllegalTransition, HardRuleBroken, NoCandidate),
    ),
    _route(
        method="GET",
        path=BASE + "/jobs/{id}/history",
        name="get_job_history",
        summary="Read every change of a job",
        run=history,
        answer=EntryList,
        refusals=(NotFound,),
    ),
    _route(
        method="GET",
        path=BASE + "/jobs/{id}/candidates",
        name="list_candidates",
        summary="Ask who can take a job, who should, and why not",
        run=who,
        answer=CandidateList,
        query=CandidatesQuery,
        refusals=(PermissionDenied, NotFound),
    ),
)

"""Jobs: making, reading, editing and moving them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.usecases import fieldwork, jobs
from hosanna_web.api.answers import ActionList, EntryList, document, job_reply, list_reply, new_job_reply

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

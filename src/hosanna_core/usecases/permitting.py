"""From a verdict to an error: what a use case asks before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import NotFound, PermissionDenied, PluginFailed, PluginRefused
from hosanna_core.rules.verdicts import Denied, Narrowed
from hosanna_core.rules.visibility import scope_of

if TYPE_CHECKING:
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.rules.verdicts import Verdict


def demand(verdict: Verdict) -> None:
    """Raise PermissionDenied, with rule and reason, for a refusal: PluginRefused, if an addition narrowed the policy.

    Raises PluginFailed where an addition did not say.
    """
    if isinstance(verdict, Narrowed):
        if verdict.failed:
            raise PluginFailed(verdict.plugin)
        raise PluginRefused(verdict.rule, verdict.reason, verdict.plugin)
    if isinstance(verdict, Denied):
        raise PermissionDenied(verdict.rule, verdict.reason)


def seen(ports: Ports, actor: Actor, job_id: JobId) -> Job:
    """The job, if *actor* may see it; NotFound if not, or if there is none."""
    job = ports.store.jobs.get(job_id, scope_of(actor))
    if job is None:
        raise NotFound
    return job

"""Making, reading and editing jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hosanna_core.errors import (
    Flaw,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    StaleVersion,
    VersionConflict,
)
from hosanna_core.model.documents import EntryDocument, body_of
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.people import Duty
from hosanna_core.model.query import JobPage, Page, Sort
from hosanna_core.model.status import Action, Status
from hosanna_core.rules import decisions, history
from hosanna_core.rules.permissions import explain, judge, may
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.forms import JobForm
from hosanna_core.usecases.job_types import NewJobForm, kinds_of
from hosanna_core.usecases.judging import Unparsed, judge_query
from hosanna_core.usecases.merging import merge_fields
from hosanna_core.usecases.performing import Once, answered_once, decided_again, job_answered, perform
from hosanna_core.usecases.permitting import demand, seen
from hosanna_core.usecases.queries import JobQuery, JobsQuery, NoQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.details import Details
    from hosanna_core.model.firm import Firm
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports


class IfMatch(msgspec.Struct, frozen=True):
    """The versions that a caller accepts; None: any version, as long as there is one."""

    versions: frozenset[int] | None

    def demand(self, root: Job | Firm) -> None:
        """Raise PreconditionFailed unless *root* has one of them."""
        if self.versions is not None and root.version not in self.versions:
            raise PreconditionFailed(root.version)


class ActionOffer(msgspec.Struct, frozen=True):
    """What one action would do now: where it leads, whether the caller may, by which rule, and why not."""

    action: Action
    to: Status | None
    allowed: bool
    rule: str
    reason: str | None


def create_job(ports: Ports, actor: Actor, body: Unparsed, *, once: Once | None = None) -> Job:
    """Make a TENTATIVE job. Raises PermissionDenied, Unreadable, Invalid, KeyReused."""

    def work() -> Job:
        demand(judge(actor, Action.CREATE, None, ports.lifecycle, ports.additions))
        details = body.judge(NewJobForm, kinds_of(ports)).value()
        return perform(
            ports, decide_creation(ports, actor, details, ports.store.jobs.claim_numbers(1)[0]), once
        )

    return answered_once(ports, once, work, lambda receipt: job_answered(ports, actor, receipt))


def decide_creation(
    ports: Ports, actor: Actor, details: Details, number: int, external_ref: str | None = None
) -> decisions.Decision:
    """The decision that makes a job of judged details; whoever calls has asked for permission."""
    return decisions.create(
        details,
        job_id=ports.outside.mint(),
        number=number,
        subject_key=ports.outside.entropy(32),
        customers_key=ports.keys.customers,
        actor_id=actor.id,
        now=ports.outside.now(),
        external_ref=external_ref,
    )


def get_job(ports: Ports, actor: Actor, job_id: JobId, query: Mapping[str, Sequence[str]]) -> Job:
    """The job, now or `as_of` an instant; the past only to those who see the job now and would have seen it then."""
    job = seen(ports, actor, job_id)
    at = judge_query(JobQuery, query).as_of
    if at is None or at >= job.updated_at:
        return job
    past = history.as_of(job, ports.store.jobs.history(job_id), at)
    if past is None or not scope_of(actor).admits(past.place):
        raise NotFound
    return past


def list_jobs(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> tuple[JobPage, str | None]:
    """A page of the jobs in view, and the cursor that goes on from it (None at the end)."""
    # A cursor belongs to one order; a sort that is none is refused in any case.
    listing = f"jobs:{query.get('sort', [Sort.NEWEST])[0]}"
    asked, position = judge_page(
        JobsQuery, query, ports.keys.cursors, actor, listing, repeatable=frozenset({"status"})
    )
    wanted = asked.value()
    scope = scope_of(actor).narrow(wanted)
    if scope is None:
        return Page((), None), None
    page = ports.store.jobs.page(scope, wanted, asked.sort, position.at, asked.limit)
    return page, position.cursor(page.next)


def edit_job(ports: Ports, actor: Actor, job_id: JobId, patch: Unparsed, *, if_match: IfMatch | None) -> Job:
    """Change details by a merge patch (RFC 7396) of the fields of a new job.

    Raises NotFound, PermissionDenied, Unreadable, Invalid, PreconditionRequired, PreconditionFailed, JobClosed,
    WindowLocked, VersionConflict.
    """

    def attempt(refused: CommitRefused | None) -> Job:
        job = seen(ports, actor, job_id)
        demand(may(actor, Duty.EDIT_JOBS))
        details = _edited(job, patch.members())
        if if_match is None:
            raise PreconditionRequired
        if_match.demand(job)
        if refused is not None:
            raise VersionConflict
        decision = decisions.edit(
            job,
            details,
            customers_key=ports.keys.customers,
            actor_id=actor.id,
            now=later(ports, job),
            lifecycle=ports.lifecycle,
        )
        return job if decision is None else perform(ports, decision)

    return decided_again(attempt, StaleVersion)


def _edited(job: Job, sent: dict[str, Any]) -> Details:
    """The job's details with what was sent in them. What was not sent is not to blame: a flaw names what was."""
    try:
        return Unparsed.of(merge_fields(_as_form(job), sent)).judge(JobForm).value()
    except Invalid as refused:
        if job.window is None or "window" in sent:
            raise
        most = (job.window.end - job.window.start) // MINUTE
        longer = Flaw("/duration_minutes", f"must be at most {most}, the minutes of the job's window")
        raise Invalid([longer if flaw.pointer == "/window" else flaw for flaw in refused.flaws]) from None


def later(ports: Ports, job: Job) -> int:
    """Now, but never before the job's last change: clocks of several servers differ, a history does not run back."""
    return max(ports.outside.now(), job.updated_at)


def _as_form(job: Job) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(body_of(job))
    return {name: document[name] for name in JobForm.model_fields}


def job_history(
    ports: Ports, actor: Actor, job_id: JobId, query: Mapping[str, Sequence[str]]
) -> list[EntryDocument]:
    """Every change of the job, oldest first, for those who see the job now."""
    job = seen(ports, actor, job_id)
    judge_query(NoQuery, query)
    return history.documents(ports.store.jobs.history(job.id))


def job_actions(
    ports: Ports, actor: Actor, job_id: JobId, query: Mapping[str, Sequence[str]]
) -> list[ActionOffer]:
    """Every action of the lifecycle, with the verdict on it for this caller and this job now."""
    job = seen(ports, actor, job_id)
    judge_query(NoQuery, query)
    return [_offer(ports, actor, job, action) for action in ports.lifecycle.actions]


def _offer(ports: Ports, actor: Actor, job: Job, action: Action) -> ActionOffer:
    verdict = explain(actor, action, job, ports.lifecycle, ports.additions)
    step = ports.lifecycle.step(action)
    to = ports.lifecycle.target(job.status, action) or (step.target if step else None)
    return ActionOffer(action, to, bool(verdict), verdict.rule, getattr(verdict, "reason", None))

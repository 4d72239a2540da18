"""Applying a plan: each of its assignments by the use case that assigns by hand, one commit each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import (
    Busy,
    Conflict,
    Flaw,
    HosannaError,
    InProgress,
    Invalid,
    PermissionDenied,
    PlanOutdated,
    PreconditionFailed,
    StaleVersion,
)
from hosanna_core.model.change import Change
from hosanna_core.model.dayplan import Outcome, PlanStatus
from hosanna_core.model.details import Order
from hosanna_core.model.event import Ref
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Duty
from hosanna_core.model.schedule import Visit
from hosanna_core.model.status import Action, Status
from hosanna_core.model.travel import point_of
from hosanna_core.rules.assignment.booking import book
from hosanna_core.rules.assignment.fit import demand_fit, fit
from hosanna_core.rules.decisions import flaws_of, step_from
from hosanna_core.rules.permissions import judge, may
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.fieldwork import transition_job
from hosanna_core.usecases.jobs import IfMatch
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import Once, answered_once, decided_again, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.plan_forms import ApplyForm
from hosanna_core.usecases.planning import plan_answered, plan_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.dayplan import DayPlan, PlannedStop
    from hosanna_core.model.ids import Id, JobId, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.ports import Ports

    Done = Callable[[int], None]
    """Told how many jobs are done."""


def apply_plan(
    ports: Ports,
    actor: Actor,
    plan_id: Id,
    body: Unparsed,
    *,
    once: Once | None = None,
    done: Done | None = None,
    noted: Callable[[Outcome], None] = lambda _: None,
) -> DayPlan:
    """Book what a plan says, job by job, and answer the plan with what came of each.

    Nothing is forced: what has become impossible meanwhile is told with its reason. Whoever applies it again, or after
    a crash, books nothing twice. Raises PermissionDenied, NotFound, Unreadable, Invalid, PlanOutdated (where the rest
    is not wanted without those that cannot be applied: nothing is booked then), and Busy: what was booked by then is
    booked, and applying it again goes on. *done* and *noted* are told of each job.
    """

    def work() -> DayPlan:
        demand(may(actor, Duty.PLAN_DAYS))
        plan = plan_found(ports, plan_id)
        form = body.judge(ApplyForm)
        wanted = _wanted(plan, form)
        if not form.accept_partly:
            _demand_all(ports, actor, plan, wanted)
        outcomes = []
        for number, job_id in enumerate(wanted):
            outcomes.append(_applied(ports, actor, plan, job_id))
            noted(outcomes[-1])
            if done is not None:
                done(number + 1)
        return _noted(ports, plan_id, outcomes, once)

    return answered_once(ports, once, work, lambda receipt: plan_answered(ports, actor, receipt))


def _wanted(plan: DayPlan, form: ApplyForm) -> Sequence[JobId]:
    """In the order of their times."""
    planned = plan.assignments
    flaws = [
        Flaw(f"/job_ids/{number}", "must be a job that this plan assigns")
        for number, job_id in enumerate(form.job_ids or ())
        if job_id not in planned
    ]
    if flaws:
        raise Invalid(flaws)
    chosen = planned if form.job_ids is None else dict.fromkeys(form.job_ids)
    return sorted(chosen, key=lambda job_id: (planned[job_id][1].start, job_id))


def _applied(ports: Ports, actor: Actor, plan: DayPlan, job_id: JobId) -> Outcome:
    technician_id, stop = plan.assignments[job_id]
    job = _seen(ports, actor, job_id)
    if job is not None and _stands(job, technician_id, stop):
        return Outcome(job_id=job_id, applied=True)
    if job is not None and (why := _moved(job, stop)):
        return Outcome(job_id=job_id, applied=False, code=CHANGED_SINCE, reason=why)
    window = {"start": to_text(stop.start), "end": to_text(stop.end)}
    order = Unparsed.of({"technician_id": technician_id, "window": window})
    once = Once.of(ports.keys, actor.id, f"apply plan {plan.id}", job_id, order.fingerprinted())
    looked_at = None if job is None else IfMatch(frozenset({job.version}))
    try:
        transition_job(ports, actor, job_id, Action.ASSIGN, order, if_match=looked_at, once=once)
    except (Busy, InProgress):
        raise
    except HosannaError as refused:
        outcome = _refused(job_id, refused)
    else:
        outcome = Outcome(job_id=job_id, applied=False, code=CHANGED_SINCE, reason=_CHANGED)
    # Somebody else may have applied it at the same moment, and what was answered before may have been changed since.
    now = _seen(ports, actor, job_id)
    applied = now is not None and _stands(now, technician_id, stop)
    return Outcome(job_id=job_id, applied=True) if applied else outcome


CHANGED_SINCE: Final = "changed_since"
"""The code of a job that is not what was planned any more."""
_CHANGED: Final = "The plan had assigned it, and somebody has changed that since."
_MEANWHILE: Final = "Somebody has changed the job at the same moment: apply it again."
_ANOTHER_WINDOW: Final = "It was given another window since it was planned."
_ANOTHER_PROMISE: Final = "The customer was promised another time since it was planned."


def _refused(job_id: JobId, error: HosannaError) -> Outcome:
    """Why a job was not assigned, in words that need no list beside them."""
    code, reason = error.code, error.detail
    if isinstance(error, PreconditionFailed):
        code, reason = CHANGED_SINCE, _MEANWHILE
    elif isinstance(error, Invalid):
        told = (f"{flaw.pointer.removeprefix('/')} {flaw.message}" for flaw in error.flaws)
        reason = f"{'; '.join(told)}."
    return Outcome(job_id=job_id, applied=False, code=code, reason=reason)


def _moved(job: Job, stop: PlannedStop) -> str | None:
    """Why the planned time is not the job's any more; None: it is. Nobody's later decision is overruled."""
    if job.status is not Status.CONFIRMED:
        return None
    if job.window is not None:
        return None if job.window == stop.window else _ANOTHER_WINDOW
    promised = job.arrival_window
    if promised in (None, stop.promised) or promised.start <= stop.start < promised.end:
        return None
    return _ANOTHER_PROMISE


def _seen(ports: Ports, actor: Actor, job_id: JobId) -> Job | None:
    return ports.store.jobs.get(job_id, scope_of(actor))


def _stands(job: Job, technician_id: UserId, stop: PlannedStop) -> bool:
    """Whether the job is with whom it was planned, for that time: then there is nothing left to do."""
    if job.status in (Status.CONFIRMED, Status.CANCELLED):
        return False
    return job.technician_id == technician_id and job.window == stop.window


def _demand_all(ports: Ports, actor: Actor, plan: DayPlan, wanted: Sequence[JobId]) -> None:
    """Raise PlanOutdated unless all of them could be applied now, one after the other."""
    planned = plan.assignments
    calendars = dict(ports.store.calendars.of(sorted({planned[job_id][0] for job_id in wanted})))
    jobs = ports.store.jobs.get_many(wanted, scope_of(actor))
    refused: list[Outcome] = []
    for job_id in wanted:
        technician_id, stop = planned[job_id]
        job = jobs.get(job_id)
        if job is None or _stands(job, technician_id, stop):
            continue
        if why := _moved(job, stop):
            refused.append(Outcome(job_id=job_id, applied=False, code=CHANGED_SINCE, reason=why))
            continue
        try:
            calendars[technician_id] = _tried(ports, actor, job, stop, calendars[technician_id])
        except (Conflict, PermissionDenied, Invalid) as error:
            refused.append(_refused(job_id, error))
    if refused:
        raise PlanOutdated(tuple(refused))


def _tried(ports: Ports, actor: Actor, job: Job, stop: PlannedStop, calendar: Calendar) -> Calendar:
    """The calendar with the job in it; raises what assigning it would."""
    demand(judge(actor, Action.ASSIGN, job, ports.lifecycle, ports.additions))
    order = Order(technician_id=calendar.technician_id, window=stop.window)
    if flaws := flaws_of(job, Action.ASSIGN, order, ports.lifecycle):
        raise Invalid(flaws)
    step_from(job, Action.ASSIGN, ports.lifecycle)
    now = ports.outside.now()
    demand_fit(fit(calendar, job.required_skills, stop.window, job.id, now, point_of(job.site)))
    return book(calendar, Visit(job.id, stop.window), now)


def _noted(ports: Ports, plan_id: Id, outcomes: Sequence[Outcome], once: Once | None) -> DayPlan:
    """The plan with what came of it, beside what came of other parts before."""

    def attempt(refused: CommitRefused | None) -> DayPlan:
        del refused
        plan = plan_found(ports, plan_id)
        known = {**{each.job_id: each for each in plan.outcomes}, **{each.job_id: each for each in outcomes}}
        after = msgspec.structs.replace(
            plan,
            version=plan.version + 1,
            status=_status(plan, known),
            updated_at=max(plan.updated_at, ports.outside.now()),
            outcomes=tuple(known[job_id] for job_id in sorted(known)),
        )
        receipt = receipt_of(once, Ref("plan", plan.id), after.version, after.updated_at)
        ports.store.ledger.commit(Change(root=after, expected=plan.version, receipt=receipt))
        return after

    return decided_again(attempt, StaleVersion)


def _status(plan: DayPlan, outcomes: Mapping[JobId, Outcome]) -> PlanStatus:
    applied = [job_id for job_id, outcome in outcomes.items() if outcome.applied]
    if not applied:
        return PlanStatus.DRAFT
    return PlanStatus.APPLIED if len(applied) == len(plan.assignments) else PlanStatus.PARTLY_APPLIED

"""Moving jobs through their lifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import Flaw, Invalid, NotFound, StaleCalendar, StaleVersion, VersionConflict
from hosanna_core.model.people import Role
from hosanna_core.rules.decisions import concerned, flaws_of, step_from, transition
from hosanna_core.rules.permissions import judge
from hosanna_core.usecases.candidates import choose
from hosanna_core.usecases.forms import AUTO, ORDER_FORMS
from hosanna_core.usecases.jobs import later
from hosanna_core.usecases.performing import Once, answered_once, decided_again, job_answered, perform
from hosanna_core.usecases.permitting import demand, seen

if TYPE_CHECKING:
    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.details import Order
    from hosanna_core.model.ids import JobId, UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.model.status import Action
    from hosanna_core.ports import Ports
    from hosanna_core.rules.decisions import Decision
    from hosanna_core.usecases.jobs import IfMatch
    from hosanna_core.usecases.judging import Unparsed


def transition_job(
    ports: Ports,
    actor: Actor,
    job_id: JobId,
    action: str,
    body: Unparsed,
    *,
    if_match: IfMatch | None = None,
    once: Once | None = None,
) -> Job:
    """Move a job on by *action*; answers the job as it is then.

    Raises, in this order: NotFound (also for an action that the lifecycle does not know), PermissionDenied,
    Unreadable or Invalid, PreconditionFailed, IllegalTransition or HardRuleBroken or NoCandidate or VersionConflict. Of
    two callers that race one wins; the other is told that its step is no longer there, or that somebody came first.
    """
    known = _action(ports, action)

    def attempt(refused: CommitRefused | None) -> Job:
        job = seen(ports, actor, job_id)
        demand(judge(actor, known, job, ports.lifecycle, ports.additions))
        order = body.judge(ORDER_FORMS[known]).value()
        try:
            _demand_sound(ports, job, known, order)
        except Invalid:
            if isinstance(refused, StaleVersion):
                # It was sound until somebody else's change came first.
                raise VersionConflict from None
            raise
        if if_match is not None:
            if_match.demand(job)
        decision = _decided(ports, actor, job, known, order)
        if isinstance(refused, StaleVersion):
            raise VersionConflict
        return perform(ports, decision, once)

    return answered_once(
        ports,
        once,
        lambda: decided_again(attempt, StaleVersion, StaleCalendar),
        lambda receipt: job_answered(ports, actor, receipt),
    )


def _decided(ports: Ports, actor: Actor, job: Job, action: Action, order: Order) -> Decision:
    """The step, by the calendars of all whom it concerns; *order* may leave it to us who takes the job."""
    calendars: dict[UserId, Calendar] = {}
    if order.technician_id == AUTO:
        step_from(job, action, ports.lifecycle)
        chosen = choose(ports, job, order)
        # By the calendar that they were chosen by: if it has moved on, the next best may be better.
        order, calendars = chosen.order, {chosen.calendar.technician_id: chosen.calendar}
    others = [each for each in concerned(job, action, order, ports.lifecycle) if each not in calendars]
    return transition(
        job,
        action,
        order,
        {**calendars, **ports.store.calendars.of(others)},
        actor_id=actor.id,
        now=later(ports, job),
        lifecycle=ports.lifecycle,
    )


def _action(ports: Ports, name: str) -> Action:
    known = next((action for action in ports.lifecycle.actions if action == name), None)
    if known is None:
        raise NotFound
    return known


def _demand_sound(ports: Ports, job: Job, action: Action, order: Order) -> None:
    """Raise Invalid for an order that no state of the calendars could make right."""
    flaws = flaws_of(job, action, order, ports.lifecycle)
    if order.technician_id not in (None, AUTO) and not _is_technician(ports, order.technician_id):
        flaws.append(Flaw("/technician_id", "must be the id of a Technician"))
    if flaws:
        raise Invalid(flaws)


def _is_technician(ports: Ports, user_id: str) -> bool:
    user = ports.store.users.caller(user_id)
    return user is not None and user.role is Role.TECHNICIAN

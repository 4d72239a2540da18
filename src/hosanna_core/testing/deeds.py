"""What can be done with a job now, by whom, and how they say it: for machines that play an office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.people import Role
from hosanna_core.testing import bodies, watching
from hosanna_core.usecases.forms import ORDER_FORMS
from hosanna_core.usecases.judging import Unparsed

if TYPE_CHECKING:
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import Actor
    from hosanna_core.model.status import Action
    from hosanna_core.testing.watching import World


def able(world: World, job: Job) -> list[tuple[Actor, Action]]:
    """What can be done with the job now, in the order of the tables, and somebody who may do it."""
    found = {
        action: actor
        for action in world.lifecycle.actions
        for actor in world.staff
        if world.sees(actor, job.id) and watching.allowed(world, actor, job, action)
    }
    return [(actor, action) for action, actor in found.items()]


def order(world: World, action: Action, wish: bodies.Wish) -> Unparsed:
    """The body of a transition."""
    told = {
        "technician_id": technician(world, wish),
        "window": bodies.window_body(wish.slot),
        "override": wish.override,
        "reason": wish.reason,
        "work_summary": wish.reason,
        "invoice_number": wish.reason,
        "amount": "12.50",
    }
    return Unparsed.of({name: told[name] for name in ORDER_FORMS[action].model_fields})


def technician(world: World, wish: bodies.Wish) -> UserId:
    """Mostly one of the technicians, now and then somebody who is none."""
    technicians = [actor.id for actor in world.staff if actor.role is Role.TECHNICIAN]
    if wish.technician == 0 or not technicians:
        return world.staff[0].id
    return technicians[wish.technician % len(technicians)]

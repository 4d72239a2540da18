"""What the specification says, said a second time: who may do what, who sees what, and where each action leads.

Nothing here asks `hosanna_core.rules`: an oracle that asks the accused would always agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.people import Actor, Capability, Role
from hosanna_core.model.status import Action, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.job import Job
    from hosanna_core.rules.lifecycle import Lifecycle

ADMINISTRATORS: Final = frozenset(
    {Capability.CREATE_JOBS, Capability.CONFIRM_JOBS, Capability.ASSIGN_TECHNICIANS}
)
OFFICE_MANAGERS: Final = frozenset({Capability.DISPATCH_TO_FIELD, Capability.PROCESS_BILLING})
TECHNICIANS: Final = frozenset({Capability.START_FIELD_WORK, Capability.COMPLETE_WORK})
"""For the jobs that are assigned to them."""

IN_THE_FIELD: Final = frozenset(
    {Status.DISPATCHED, Status.IN_PROGRESS, Status.ON_HOLD, Status.COMPLETED, Status.BILLED}
)
NEVER_CONFIRMED: Final = frozenset({Status.TENTATIVE, Status.CANCELLED})


def table(lifecycle: Lifecycle) -> Mapping[tuple[Status | None, Action], Status]:
    """Where each action leads from each status (None: no job yet), read off the rows of the tables."""
    rows: dict[tuple[Status | None, Action], Status] = {}
    for step in lifecycle.steps:
        sources: tuple[Status | None, ...] = step.sources or (None,)
        for source in sources:
            target = step.target or source
            assert target is not None
            rows[source, step.action] = target
    return rows


def holds(actor: Actor, capability: Capability, technician_id: str | None) -> bool:
    """Whether the matrix gives *actor* the capability over a job of this technician."""
    if actor.role is Role.ADMINISTRATOR:
        return capability in ADMINISTRATORS
    if actor.role is Role.OFFICE_MANAGER:
        return capability in OFFICE_MANAGERS
    return capability in TECHNICIANS and technician_id == actor.id


def sees(actor: Actor, life: Sequence[Job]) -> bool:
    """Whether *actor* may see a job that has lived through these states, the last of which is the present one."""
    if not life:
        return False
    if actor.role is Role.ADMINISTRATOR:
        return True
    if actor.role is Role.OFFICE_MANAGER:
        return any(job.status not in NEVER_CONFIRMED for job in life)
    job = life[-1]
    if job.technician_id != actor.id:
        return False
    if job.status is not Status.CANCELLED:
        return job.status in IN_THE_FIELD
    before = [earlier.status for earlier in life if earlier.status is not Status.CANCELLED]
    return before[-1] in IN_THE_FIELD


def until(life: Sequence[Job], at: Millis) -> list[Job]:
    """The states of a life up to an instant."""
    return [job for job in life if job.updated_at <= at]

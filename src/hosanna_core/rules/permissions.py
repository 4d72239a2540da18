"""Who may do what: the matrix of the specification as a grid, and the only function that judges by it."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from hosanna_core.model.people import Actor, Capability, Duty, Role
from hosanna_core.model.people import Capability as C
from hosanna_core.model.status import Action, Status
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.rules.verdicts import Allowed, Denied, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.job import Job
    from hosanna_core.rules.verdicts import Narrowed


class Grant(Enum):
    """What a cell of the grid gives."""

    NONE = "none"
    FULL = "full"
    ASSIGNED = "assigned jobs"
    CONFIRMED_ON = "confirmed and later"
    OWN_DISPATCHED_ON = "dispatched and later, own only"
    OWN = "own"


class Addition(Protocol):
    """An addition to the policy of whoever runs this: it may only narrow, for it is asked after all else said yes."""

    def __call__(self, actor: Actor, action: Action, job: Job | None) -> Narrowed | None:
        """Why *actor* may not do *action* to *job* (None: to create one) after all; None: nothing is against it."""


NONE, FULL, ASSIGNED, OWN = Grant.NONE, Grant.FULL, Grant.ASSIGNED, Grant.OWN
K = TypeVar("K", Capability, Duty)


def grid(
    roles: tuple[Role, ...], rows: Mapping[K, tuple[Grant, ...]], kind: type[K]
) -> Mapping[tuple[Role, K], Grant]:
    """A total table of grants; raises ValueError at import where a cell is missing.

    >>> grid((Role.TECHNICIAN,), {}, Duty)
    Traceback (most recent call last):
    ...
    ValueError: the grid has not exactly one column per role
    """
    if set(roles) != set(Role) or len(roles) != len(Role):
        raise ValueError("the grid has not exactly one column per role")
    if set(rows) != set(kind):
        raise ValueError(f"the grid lacks rows: {sorted(set(kind) - set(rows))}")
    if any(len(cells) != len(roles) for cells in rows.values()):
        raise ValueError("every row of the grid needs a cell per role")
    return MappingProxyType(
        {(role, key): cell for key, cells in rows.items() for role, cell in zip(roles, cells, strict=True)}
    )


_ROLES = (Role.ADMINISTRATOR, Role.OFFICE_MANAGER, Role.TECHNICIAN)

MATRIX: Final = grid(
    #                        Administrator  Office Manager      Technician
    _ROLES, {
    C.CREATE_JOBS:          (FULL,          NONE,               NONE),
    C.CONFIRM_JOBS:         (FULL,          NONE,               NONE),
    C.ASSIGN_TECHNICIANS:   (FULL,          NONE,               NONE),
    C.DISPATCH_TO_FIELD:    (NONE,          FULL,               NONE),
    C.START_FIELD_WORK:     (NONE,          NONE,               ASSIGNED),
    C.COMPLETE_WORK:        (NONE,          NONE,               ASSIGNED),
    C.PROCESS_BILLING:      (NONE,          FULL,               NONE),
    C.VIEW_ALL_JOBS:        (FULL,          Grant.CONFIRMED_ON, NONE),
    C.VIEW_ASSIGNED_JOBS:   (FULL,          FULL,               Grant.OWN_DISPATCHED_ON),
    C.MANAGE_USERS:         (FULL,          NONE,               NONE),
}, Capability)  # fmt: skip

BESIDE: Final = grid(
    #                        Administrator  Office Manager      Technician
    _ROLES, {
    Duty.EDIT_JOBS:         (FULL,          NONE,               NONE),
    Duty.SEE_ROSTER:        (FULL,          FULL,               NONE),
    Duty.SEE_AVAILABILITY:  (FULL,          FULL,               OWN),
    Duty.SET_AVAILABILITY:  (FULL,          FULL,               OWN),
    Duty.OWN_PROFILE:       (FULL,          FULL,               FULL),
    Duty.OWN_SESSIONS:      (FULL,          FULL,               FULL),
    Duty.SEE_AUDIT_TRAIL:   (FULL,          NONE,               NONE),
    Duty.OWN_NOTIFICATIONS: (FULL,          FULL,               FULL),
    Duty.SEE_ANNOUNCEMENTS: (FULL,          FULL,               FULL),
    Duty.ANNOUNCE:          (FULL,          NONE,               NONE),
    Duty.FOLLOW_CHANGES:    (FULL,          FULL,               FULL),
    Duty.SEE_CANDIDATES:    (FULL,          NONE,               NONE),
    Duty.PLAN_DAYS:         (FULL,          NONE,               NONE),
    Duty.SEE_REPORTS:       (FULL,          FULL,               NONE),
    Duty.CHANGE_SETTINGS:   (FULL,          NONE,               NONE),
    Duty.MANAGE_API_KEYS:   (FULL,          NONE,               NONE),
    Duty.MANAGE_WEBHOOKS:   (FULL,          NONE,               NONE),
    Duty.EXPORT_WORK:       (FULL,          FULL,               NONE),
}, Duty)  # fmt: skip

_TITLES = {
    Role.ADMINISTRATOR: "an Administrator",
    Role.OFFICE_MANAGER: "an Office Manager",
    Role.TECHNICIAN: "a Technician",
}


def _rulings() -> Mapping[tuple[Role, Capability | Duty], tuple[Grant, Allowed, Denied]]:
    """Every answer is made once, at import: judging is then a look-up."""
    made: dict[tuple[Role, Capability | Duty], tuple[Grant, Allowed, Denied]] = {}
    for prefix, table in (("matrix", MATRIX), ("duty", BESIDE)):
        for (role, key), grant in table.items():
            rule = f"{prefix}.{key.name.lower()}"
            holders = [
                _TITLES[who] for (who, what), cell in table.items() if what is key and cell is not NONE
            ]
            need = f"'{key.value}' belongs to {' or '.join(holders)}; you are {_TITLES[role]}."
            if grant in (ASSIGNED, OWN):
                need = (
                    f"'{key.value}' is for the technician's own jobs only."
                    if grant is ASSIGNED
                    else (f"'{key.value}': a Technician only for themselves.")
                )
                rule += ".own"
            made[role, key] = (grant, Allowed(rule), Denied(rule, need))
    return MappingProxyType(made)


_RULINGS = _rulings()


def judge(
    actor: Actor,
    action: Action,
    job: Job | None,
    lifecycle: Lifecycle = STANDARD,
    additions: Sequence[Addition] = (),
) -> Verdict:
    """Whether the matrix lets *actor* do *action* to *job* (None: to create one), whatever its status.

    *additions* may refuse what the matrix allows. They are asked only where the lifecycle has such a step from here:
    the wrong status stays the wrong status.
    """
    step = lifecycle.step(action)
    if step is None:
        return Denied(f"lifecycle.{action}", f"This lifecycle has no action '{action}'.")
    grant, allowed, denied = _RULINGS[actor.role, step.capability]
    if grant is FULL or (grant is ASSIGNED and job is not None and job.technician_id == actor.id):
        if additions and lifecycle.target(None if job is None else job.status, action) is not None:
            return next(_refusals(actor, action, job, additions), allowed)
        return allowed
    return denied


def _refusals(
    actor: Actor, action: Action, job: Job | None, additions: Sequence[Addition]
) -> Iterator[Denied]:
    """What the additions have against it, one after the other. Whatever else one answers changes nothing."""
    for addition in additions:
        refusal = addition(actor, action, job)
        if isinstance(refusal, Denied):
            yield refusal


def may(actor: Actor, key: Capability | Duty, subject_id: str | None = None) -> Verdict:
    """Whether *actor* holds what no lifecycle step is about; *subject_id* is the user whose own affair it is."""
    grant, allowed, denied = _RULINGS[actor.role, key]
    if grant is FULL or (grant is OWN and subject_id == actor.id):
        return allowed
    return denied


def explain(
    actor: Actor,
    action: Action,
    job: Job | None,
    lifecycle: Lifecycle = STANDARD,
    additions: Sequence[Addition] = (),
) -> Verdict:
    """Why *actor* can or cannot do *action* to *job* now: the matrix, the lifecycle, and what was added to them.

    >>> explain(Actor("a", Role.ADMINISTRATOR), Action.CREATE, None)
    Allowed(rule='matrix.create_jobs')
    >>> explain(Actor("t", Role.TECHNICIAN), Action.CREATE, None).reason
    "'Create Jobs' belongs to an Administrator; you are a Technician."
    """
    verdict = judge(actor, action, job, lifecycle, additions)
    if not verdict:
        return verdict
    status = None if job is None else job.status
    if lifecycle.target(status, action) is None:
        return Denied(f"lifecycle.{action}", _no_such_step(status, action, lifecycle))
    return verdict


def _no_such_step(status: Status | None, action: Action, lifecycle: Lifecycle) -> str:
    step = lifecycle.step(action)
    sources = " or ".join(step.sources) if step is not None and step.sources else "nothing: it makes the job"
    return f"'{action}' leads on from {sources}; the job is {status or 'not there yet'}."

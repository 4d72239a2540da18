"""The lifecycle, as data: the two tables of the specification, and what is derived from them.

`transitions` declares the machine, once; it is compiled into a table of (status, action) → status, because a look-up
costs a quarter of a microsecond and firing a trigger fifty times as much. A test walks the whole product of the two.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from transitions import Machine

from hosanna_core.model.people import Capability as C
from hosanna_core.model.status import Action as A
from hosanna_core.model.status import Standing, Status
from hosanna_core.model.status import Status as S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Step(NamedTuple):
    """One row of a lifecycle table. No *sources*: it makes the job; no *target*: the status stays.

    *clears* names the fields of the job that the step empties; *reasoned* steps need a reason.
    """

    action: A
    sources: tuple[S, ...]
    target: S | None
    capability: C
    clears: tuple[str, ...] = ()
    reasoned: bool = False


MAIN_LINE: Final = (
    #    action       from                to               capability
    Step(A.CREATE,    (),                 S.TENTATIVE,     C.CREATE_JOBS),
    Step(A.CONFIRM,   (S.TENTATIVE,),     S.CONFIRMED,     C.CONFIRM_JOBS),
    Step(A.ASSIGN,    (S.CONFIRMED,),     S.ASSIGNED,      C.ASSIGN_TECHNICIANS),
    Step(A.DISPATCH,  (S.ASSIGNED,),      S.DISPATCHED,    C.DISPATCH_TO_FIELD),
    Step(A.START,     (S.DISPATCHED,),    S.IN_PROGRESS,   C.START_FIELD_WORK),
    Step(A.COMPLETE,  (S.IN_PROGRESS,),   S.COMPLETED,     C.COMPLETE_WORK),
    Step(A.BILL,      (S.COMPLETED,),     S.BILLED,        C.PROCESS_BILLING),
)  # fmt: skip

_TECHNICIAN = ("technician_id",)
_VISIT = ("technician_id", "window")

OFF_THE_MAIN_LINE: Final = (
    #    action          from                            to             capability             clears        reasoned
    Step(A.REASSIGN,     (S.ASSIGNED,),                  S.ASSIGNED,    C.ASSIGN_TECHNICIANS,  (),           True),
    Step(A.UNASSIGN,     (S.ASSIGNED,),                  S.CONFIRMED,   C.ASSIGN_TECHNICIANS,  _TECHNICIAN,  True),
    Step(A.RESCHEDULE,   (S.CONFIRMED, S.ASSIGNED),      None,          C.ASSIGN_TECHNICIANS,  (),           True),
    Step(A.RETURN_VISIT, (S.IN_PROGRESS, S.ON_HOLD),     S.CONFIRMED,   C.ASSIGN_TECHNICIANS,  _VISIT,       True),
    Step(A.REOPEN,       (S.COMPLETED,),                 S.CONFIRMED,   C.CONFIRM_JOBS,        _VISIT,       True),
    Step(A.CANCEL,       (S.TENTATIVE, S.CONFIRMED, S.ASSIGNED, S.DISPATCHED, S.ON_HOLD),
                                                         S.CANCELLED,   C.CONFIRM_JOBS,        (),           True),
    Step(A.RECALL,       (S.DISPATCHED,),                S.ASSIGNED,    C.DISPATCH_TO_FIELD,   (),           True),
    Step(A.HOLD,         (S.IN_PROGRESS,),               S.ON_HOLD,     C.START_FIELD_WORK,    (),           True),
    Step(A.RESUME,       (S.ON_HOLD,),                   S.IN_PROGRESS, C.START_FIELD_WORK,    (),           True),
)  # fmt: skip

CLEARABLE: Final = frozenset(_VISIT)
"""The fields that a step may empty."""
_ABSENT: Final = "ABSENT"


class Lifecycle:
    """A set of steps, compiled. The standard one is `STANDARD`; others are built from the same pieces.

    Raises ValueError where two steps share an action, where none or several make a job, where one makes it anything
    but TENTATIVE, or clears what is not `CLEARABLE`.

    >>> STANDARD.target(S.ASSIGNED, A.DISPATCH)
    <Status.DISPATCHED: 'DISPATCHED'>
    >>> STANDARD.target(S.BILLED, A.REOPEN) is None
    True
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps: tuple[Step, ...] = tuple(steps)
        self._by_action: Mapping[A, Step] = MappingProxyType({step.action: step for step in self.steps})
        if len(self._by_action) != len(self.steps):
            raise ValueError("each action has exactly one step")
        if [step.action for step in self.steps if not step.sources] != [A.CREATE]:
            raise ValueError("exactly one step, 'create', has no source")
        if self._by_action[A.CREATE].target is not S.TENTATIVE:
            raise ValueError("a job begins TENTATIVE")
        if not all(CLEARABLE.issuperset(step.clears) for step in self.steps):
            raise ValueError(f"a step clears only {' and '.join(sorted(CLEARABLE))}")
        self.machine = _machine(self.steps)
        self._table = _compiled(self.machine)
        self._allowed = {
            status: tuple(step.action for step in self.steps if status in step.sources) for status in Status
        }

    @property
    def actions(self) -> tuple[A, ...]:
        """Every action on a job that exists, in the order of the tables."""
        return tuple(step.action for step in self.steps if step.sources)

    def step(self, action: A) -> Step | None:
        """The step of *action*, None where this lifecycle has no such action."""
        return self._by_action.get(action)

    def target(self, status: Status | None, action: A) -> Status | None:
        """Where *action* leads from *status* (None: no job yet); None where there is no such step."""
        return self._table.get((status, action))

    def allowed(self, status: Status) -> tuple[A, ...]:
        """The actions that lead on from *status*; none means that it is final."""
        return self._allowed[status]

    def final(self, status: Status) -> bool:
        """Whether nothing leads on from *status*."""
        return not self._allowed[status]

    def diagram(self) -> str:
        """The lifecycle as a Mermaid state diagram."""
        arrows = [
            f"    {source or '[*]'} --> {step.target or source}: {step.action}"
            for step in self.steps
            for source in step.sources or (None,)
        ]
        ends = [f"    {status} --> [*]" for status in Status if self.final(status)]
        return "\n".join(("stateDiagram-v2", *arrows, *ends, ""))


def _machine(steps: tuple[Step, ...]) -> Machine:
    machine = Machine(model=None, states=[_ABSENT, *Status], initial=_ABSENT, auto_transitions=False)
    for step in steps:
        for source in step.sources or (_ABSENT,):
            machine.add_transition(str(step.action), source, step.target or source)
    return machine


def _compiled(machine: Machine) -> Mapping[tuple[Status | None, A], Status]:
    table: dict[tuple[Status | None, A], Status] = {}
    for action, event in machine.events.items():
        for source, arrows in event.transitions.items():
            for arrow in arrows:
                table[None if source == _ABSENT else Status(source), A(action)] = Status(str(arrow.dest))
    return MappingProxyType(table)


def standing_after(before: Standing | None, target: Status) -> Standing:
    """Where a job stands once it has reached *target*: CANCELLED keeps in mind who had seen the job.

    >>> standing_after(Standing.DISPATCHED, S.CANCELLED)
    <Standing.CANCELLED_FIELD: 'CANCELLED_FIELD'>
    """
    if target is not Status.CANCELLED:
        return _SAME[target]
    if before is Standing.TENTATIVE or before is None:
        return Standing.CANCELLED_UNSEEN
    return Standing.CANCELLED_FIELD if before in IN_THE_FIELD else Standing.CANCELLED_OFFICE


_SAME = {status: Standing(status.value) for status in Status if status is not Status.CANCELLED}
IN_THE_FIELD: Final = frozenset(
    {Standing.DISPATCHED, Standing.IN_PROGRESS, Standing.ON_HOLD, Standing.COMPLETED, Standing.BILLED}
)
"""Where a technician has seen the job."""

STANDARD: Final = Lifecycle((*MAIN_LINE, *OFF_THE_MAIN_LINE))
"""The lifecycle of the specification."""

"""What happens to a permit: its steps up to the status where it ended, each with its time, its actor and its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.ids import DAY, HOUR, MINUTE, JobId, Millis
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action, Status
from hosanna_web.demo.permits import Permit

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAIN_LINE: Final = (
    Action.CONFIRM, Action.ASSIGN, Action.DISPATCH, Action.START, Action.COMPLETE, Action.BILL,
)  # fmt: skip
_STEPS: Final[Mapping[Status, tuple[Action, ...]]] = {
    Status.TENTATIVE: (),
    Status.CONFIRMED: _MAIN_LINE[:1],
    Status.ASSIGNED: _MAIN_LINE[:2],
    Status.DISPATCHED: _MAIN_LINE[:3],
    Status.IN_PROGRESS: _MAIN_LINE[:4],
    Status.COMPLETED: _MAIN_LINE[:5],
    Status.BILLED: _MAIN_LINE,
    Status.ON_HOLD: (*_MAIN_LINE[:4], Action.HOLD),
}
_CANCELLED: Final = {
    "void": (Action.CANCEL,),
    "withdrawn": (Action.CONFIRM, Action.ASSIGN, Action.CANCEL),
}
_CANCELLED_LATER: Final = (Action.CONFIRM, Action.CANCEL)
_EXPIRES_AFTER: Final = 30 * DAY
_GRACE: Final = 2 * HOUR


def steps_of(permit: Permit) -> tuple[Action, ...]:
    """The actions that lead from TENTATIVE to where the permit ended."""
    if permit.end is not Status.CANCELLED:
        return _STEPS[permit.end]
    return _CANCELLED.get(permit.state.casefold(), _CANCELLED_LATER)


class Course(msgspec.Struct):
    """One job on its way through its steps; *at* is when the next one happens."""

    job_id: JobId
    permit: Permit
    technician: Actor
    steps: tuple[Action, ...]
    at: Millis
    done: int = 0
    window: Window | None = None

    @property
    def next(self) -> Action | None:
        """The step that comes now; None at the end."""
        return self.steps[self.done] if self.done < len(self.steps) else None

    @property
    def minutes(self) -> int:
        """How long the visit takes."""
        minutes: int = self.permit.row["duration_minutes"]
        return minutes

    @property
    def keeps_its_visit(self) -> bool:
        """Whether the technician's time stays taken."""
        return Action.CANCEL not in self.steps

    def body(self, action: Action) -> dict[str, Any]:
        """What the action is told."""
        if action is Action.ASSIGN and self.window is not None:
            return {"technician_id": self.technician.id, "window": window_body(self.window)}
        if action is Action.COMPLETE:
            return {"work_summary": "Done as ordered."}
        if action is Action.BILL:
            return {
                "invoice_number": f"INV {self.permit.row['external_ref']}",
                "amount": f"{self.minutes * 2}.00",
            }
        if action in (Action.CANCEL, Action.HOLD):
            return {"reason": self.permit.state}
        return {}

    def moved_on(self) -> None:
        """The step is done: the next one has its own time."""
        self.done += 1
        if self.next is not None:
            self.at = max(self.at + MINUTE, self._due(self.next))

    def _due(self, action: Action) -> Millis:
        window = self.window or Window(self.at, self.at)
        times = {
            Action.ASSIGN: self.at + 30 * MINUTE,
            Action.DISPATCH: window.start - HOUR,
            Action.START: window.start,
            Action.HOLD: window.start + 20 * MINUTE,
            Action.COMPLETE: window.end,
            Action.BILL: window.end + 16 * HOUR,
            Action.CANCEL: self.at + (_GRACE if self.window else _EXPIRES_AFTER),
        }
        return times[action]


def window_body(window: Window) -> dict[str, str]:
    """A window as the API takes it."""
    return {"start": to_text(window.start), "end": to_text(window.end)}

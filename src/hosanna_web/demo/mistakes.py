"""What people try now and then and must not: the wrong role, the wrong moment, a technician who is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.model.ids import MINUTE
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Action
from hosanna_web.demo.script import Course, window_body

if TYPE_CHECKING:
    from hosanna_web.demo.people import Cast


class Mistake(msgspec.Struct, frozen=True):
    """An action tried just before the right one, by whom, and the code that it must be refused with."""

    before: Action
    action: Action
    role: Role
    code: str
    somebody_else: bool = False
    """Whether a technician tries it who is not the job's own."""


DOUBLE_BOOKING: Final = "double_booking"
MISTAKES: Final = (
    #       before            action           who                     refused as
    Mistake(Action.DISPATCH,  Action.DISPATCH, Role.ADMINISTRATOR,     "permission_denied"),
    Mistake(Action.ASSIGN,    Action.ASSIGN,   Role.ADMINISTRATOR,     DOUBLE_BOOKING),
    Mistake(Action.START,     Action.START,    Role.TECHNICIAN,        "not_found", somebody_else=True),
    Mistake(Action.COMPLETE,  Action.BILL,     Role.OFFICE_MANAGER,    "illegal_transition"),
    Mistake(Action.BILL,      Action.BILL,     Role.ADMINISTRATOR,     "permission_denied"),
    Mistake(Action.COMPLETE,  Action.HOLD,     Role.TECHNICIAN,        "invalid"),
    Mistake(Action.ASSIGN,    Action.CONFIRM,  Role.ADMINISTRATOR,     "illegal_transition"),
    Mistake(Action.START,     Action.COMPLETE, Role.OFFICE_MANAGER,    "permission_denied"),
    Mistake(Action.DISPATCH,  Action.START,    Role.TECHNICIAN,        "not_found"),
)  # fmt: skip


def culprit(mistake: Mistake, course: Course, cast: Cast) -> Actor:
    """Who makes the mistake."""
    if mistake.role is Role.ADMINISTRATOR:
        return cast.administrator
    if mistake.role is Role.OFFICE_MANAGER:
        return cast.office[0]
    if mistake.somebody_else:
        return next(other for other in cast.house if other.id != course.technician.id)
    return course.technician


def body_of(mistake: Mistake, course: Course, taken: Window | None) -> dict[str, Any]:
    """What it is tried with; *taken* is a time at which the technician is at work elsewhere."""
    if mistake.code != DOUBLE_BOOKING or taken is None:
        return {}
    end = max(taken.end, taken.start + course.minutes * MINUTE)
    return {"technician_id": course.technician.id, "window": window_body(Window(taken.start, end))}

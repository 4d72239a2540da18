"""The technicians, as the office chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.people import Duty, Role
from hosanna_core.model.query import Position, UserFilter
from hosanna_core.model.roster import TechnicianDocument, technician_document
from hosanna_core.model.schedule import Calendar, Window
from hosanna_core.rules.assignment.fit import fit
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, TechniciansQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

_WANTED: Final = UserFilter(role=Role.TECHNICIAN, active=True)


def list_technicians(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[TechnicianDocument], str | None]:
    """A page of the active technicians who hold the skill and can take a visit in between, oldest account first.

    Walks the technicians until the page is full: made for hundreds of them.
    """
    demand(may(actor, Duty.SEE_ROSTER))
    asked, position = judge_page(TechniciansQuery, query, ports.keys.cursors, actor, "technicians")
    window = asked.window()
    found: list[TechnicianDocument] = []
    after = position.at.id if position.at else None
    while True:
        page = ports.store.users.page(_WANTED, after, MOST_ROWS)
        calendars = ports.store.calendars.of([user.id for user in page.rows])
        for user in page.rows:
            calendar = calendars.get(user.id)
            if _can(calendar, asked.skill, window, ports.outside.now()):
                if len(found) == asked.limit:
                    return found, position.cursor(Position((), found[-1].id))
                found.append(technician_document(user, calendar))
        if page.next is None:
            return found, None
        after = page.next.id


def _can(calendar: Calendar | None, skill: str | None, window: Window | None, now: int) -> bool:
    if calendar is None:
        return skill is None
    return all(verdict.holds for verdict in fit(calendar, (skill,) if skill else (), window, None, now))

"""The technicians, as the office chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.people import Duty
from hosanna_core.model.query import CREW, Position
from hosanna_core.model.roster import TechnicianDocument, technician_document
from hosanna_core.rules.assignment.fit import Wanted, findings, on_the_road, surroundings_of
from hosanna_core.rules.assignment.neighbours import neighbours_of
from hosanna_core.rules.assignment.roads import roads_to
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, TechniciansQuery
from hosanna_core.usecases.sites import spots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Actor
    from hosanna_core.model.schedule import Calendar
    from hosanna_core.ports import Ports
    from hosanna_core.rules.assignment.margins import Finding


def list_technicians(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[TechnicianDocument], str | None]:
    """A page of the active technicians who hold the skill and can take a visit in between, oldest account first.

    Where the place of the visit is told, too, there must be time for the way from the visit before and to the one
    after. Walks the technicians until the page is full: made for hundreds of them.
    """
    demand(may(actor, Duty.SEE_ROSTER))
    asked, position = judge_page(TechniciansQuery, query, ports.keys.cursors, actor, "technicians")
    wanted = Wanted(
        window=asked.window(), required_skills=(asked.skill,) if asked.skill else (), place=asked.place()
    )
    found: list[TechnicianDocument] = []
    after = position.after
    while True:
        page = ports.store.users.page(CREW, after, MOST_ROWS)
        calendars = ports.store.calendars.of([user.id for user in page.rows])
        able = _able(ports, calendars.values(), wanted)
        for user in page.rows:
            if user.id in able or (user.id not in calendars and asked.skill is None):
                if len(found) == asked.limit:
                    return found, position.cursor(Position((), found[-1].id))
                found.append(technician_document(user, calendars.get(user.id)))
        if page.next is None:
            return found, None
        after = page.next.id


def _able(ports: Ports, calendars: Iterable[Calendar], wanted: Wanted) -> frozenset[UserId]:
    """Those who could take the visit; whose sites must be known for that is asked once for all."""
    now = ports.outside.now()
    free = [
        (calendar, around)
        for calendar in calendars
        if _holds(findings(calendar, wanted, around := surroundings_of(calendar, wanted), now))
    ]
    if wanted.place is None or wanted.window is None:
        return frozenset(calendar.technician_id for calendar, _ in free)
    arounds = [around for _, around in free]
    sites = spots_of(ports, neighbours_of(arounds)).points
    roads = roads_to(wanted.place, arounds, sites, ports.travel.legs)
    return frozenset(
        calendar.technician_id for calendar, around in free if _holds(on_the_road((), wanted, around, roads))
    )


def _holds(found: Iterable[Finding]) -> bool:
    return all(each.holds for each in found)

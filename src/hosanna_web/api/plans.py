"""Plans of days: making, reading, drawing and applying them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import NotFound, PermissionDenied, PlannerFailed, PlanOutdated
from hosanna_core.model.status import Action
from hosanna_core.usecases import applying, planning
from hosanna_core.usecases.plan_forms import ApplyForm, PlanForm
from hosanna_core.usecases.plan_showing import PlanDocument, plan_document, summary_document
from hosanna_core.usecases.queries import PageQuery
from hosanna_web.api.answers import PlanList, document
from hosanna_web.api.operations import BASE, Lane, Operation
from hosanna_web.drawing.gantt import gantt
from hosanna_web.drawing.map import plan_map
from hosanna_web.drawing.svg import SVG
from hosanna_web.measuring import DONE
from hosanna_web.replies import Reply

if TYPE_CHECKING:
    from hosanna_core.model.dayplan import Outcome
    from hosanna_web.api.operations import Call


def make(call: Call) -> Reply:
    """Plan."""
    plan = planning.make_plan(call.ports, call.actor, call.body, once=call.once)
    where = f"{call.arrival.path}/{plan.id}".encode()
    return document(plan_document(call.ports, plan), 201, ((b"location", where),))


def page(call: Call) -> Reply:
    """A page of the plans."""
    found, cursor = planning.list_plans(call.ports, call.actor, call.query)
    return document(PlanList([summary_document(each) for each in found], cursor))


def get(call: Call) -> Reply:
    """One plan."""
    return document(_plan(call))


def apply(call: Call) -> Reply:
    """Book what it says."""

    def noted(outcome: Outcome) -> None:
        if call.watch is not None:
            call.watch.measures.moved(Action.ASSIGN, outcome.code or DONE)

    plan = applying.apply_plan(call.ports, call.actor, call.id, call.body, once=call.once, noted=noted)
    return document(plan_document(call.ports, plan))


def draw_map(call: Call) -> Reply:
    """The routes on a map."""
    return _picture(plan_map(_plan(call)))


def draw_gantt(call: Call) -> Reply:
    """The day by hours."""
    return _picture(gantt(_plan(call)))


def _plan(call: Call) -> PlanDocument:
    return plan_document(call.ports, planning.get_plan(call.ports, call.actor, call.id, call.query))


def _picture(svg: str) -> Reply:
    return Reply(svg.encode(), media_type=SVG.encode())


_SEEN: Final = (PermissionDenied, NotFound)
_route = partial(Operation, area="plans")
PLANS: Final[tuple[Operation, ...]] = (
    _route(
        method="POST",
        path=BASE + "/plans",
        name="make_plan",
        summary="Plan a day: who goes where and when, and why a job is left out",
        run=make,
        status=201,
        answer=PlanDocument,
        body=(PlanForm,),
        once=True,
        located=True,
        refusals=(PermissionDenied, NotFound, PlannerFailed),
        where=Lane.PLANNING,
    ),
    _route(
        method="GET",
        path=BASE + "/plans",
        name="list_plans",
        summary="List the plans, newest first",
        run=page,
        answer=PlanList,
        query=PageQuery,
        refusals=(PermissionDenied,),
    ),
    _route(
        method="GET",
        path=BASE + "/plans/{id}",
        name="get_plan",
        summary="Read a plan",
        run=get,
        answer=PlanDocument,
        refusals=_SEEN,
    ),
    _route(
        method="GET",
        path=BASE + "/plans/{id}/map.svg",
        name="draw_plan_map",
        summary="Look at a plan's routes on a map",
        run=draw_map,
        media_type=SVG,
        refusals=_SEEN,
    ),
    _route(
        method="GET",
        path=BASE + "/plans/{id}/gantt.svg",
        name="draw_plan_gantt",
        summary="Look at a plan's day by hours",
        run=draw_gantt,
        media_type=SVG,
        refusals=_SEEN,
    ),
    _route(
        method="POST",
        path=BASE + "/plans/{id}/apply",
        name="apply_plan",
        summary="Book what a plan says, or a part of it",
        run=apply,
        answer=PlanDocument,
        body=(ApplyForm,),
        once=True,
        refusals=(*_SEEN, PlanOutdated),
    ),
)

"""A plan as tables on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hosanna_web.drawing.wording import clock, headline, lasting, moment

if TYPE_CHECKING:
    from hosanna_core.usecases.plan_showing import LeftOutDocument, PlanDocument, RouteDocument, StopDocument

NARROWEST = 110
"""Columns that a table takes where nobody knows how wide the terminal is."""


def show(plan: PlanDocument) -> None:
    """Print who goes where and when, what is left out and why, and what was assumed."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, NARROWEST))
    names = {each.id: each.full_name or "(gone)" for each in plan.crew}
    title, told = headline(plan)
    console.print(Text(title, style="bold"))
    console.print(Text(told))
    for route in plan.routes:
        console.print(_route(plan, route, names[route.technician_id]))
    if plan.left_out:
        console.print(_left_out(plan, names))
    for each in plan.assumptions:
        count = len(each.job_ids) or len(each.technician_ids)
        console.print(Text(f"Assumed: {each.text}" + (f" ({count})" if count else "")))
    refused = [each for each in plan.outcomes if not each.applied]
    if plan.outcomes:
        console.print(Text(f"Booked: {len(plan.outcomes) - len(refused)} of {len(plan.outcomes)} jobs."))
    numbers = {stop.job_id: stop.number for route in plan.routes for stop in route.stops}
    for outcome in refused:
        console.print(Text(f"Not booked: {numbers.get(outcome.job_id) or outcome.job_id}. {outcome.reason}"))
    console.print(Text(f"The plan is {plan.id}, {plan.status}."))


def _route(plan: PlanDocument, route: RouteDocument, name: str) -> Table:
    zone = plan.timezone
    road = f"{lasting(route.travel_seconds)}, {route.travel_metres / 1000:.0f} km on the road"
    times = f"{clock(moment(route.leaving), zone)} to {clock(moment(route.back), zone)}"
    table = Table(title=Text(f"{name}: {times}, {road}"), title_justify="left", title_style="bold")
    for column in ("from", "to", "travel", "job", "street", ""):
        table.add_column(column, justify="right" if column == "travel" else "left")
    for stop in route.stops:
        table.add_row(
            clock(moment(stop.start), zone),
            clock(moment(stop.end), zone),
            lasting(stop.travel_seconds),
            Text(stop.number or "(gone)"),
            Text(stop.street or ""),
            _marks(plan, stop),
        )
    return table


def _marks(plan: PlanDocument, stop: StopDocument) -> str:
    zone = plan.timezone
    promised = ""
    if stop.promised is not None:
        promised = " to ".join(clock(moment(at), zone) for at in (stop.promised.start, stop.promised.end))
        promised = f"promised {promised}"
    late = f"{stop.minutes_late} min late" if stop.minutes_late else ""
    marks = ("booked" if stop.booked else "", "pinned" if stop.pinned else "", promised, late)
    return ", ".join(filter(None, marks))


def _left_out(plan: PlanDocument, names: dict[str, str]) -> Table:
    table = Table(title=f"Left out: {len(plan.left_out)}", title_justify="left", title_style="bold")
    for column in ("job", "street", "why"):
        table.add_column(column)
    for left in plan.left_out:
        table.add_row(Text(left.number or "(gone)"), Text(left.street or ""), Text(_why(left, names)))
    return table


def _why(left: LeftOutDocument, names: dict[str, str]) -> str:
    """Each reason with whom it is about, unless it is about all."""
    lines = []
    for reason in left.reasons:
        whom = ", ".join(names[each] for each in reason.technician_ids)
        everybody = len(reason.technician_ids) in (0, len(names))
        lines.append(reason.text if everybody else f"{whom}: {reason.text}")
    return "\n".join(lines)

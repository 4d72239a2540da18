"""The operational report as tables that a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from hosanna_web.drawing.operations import AGES, STEPS
from hosanna_web.drawing.wording import lasting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.model.operations import ArrivalsDocument, OperationsDocument


def show(found: OperationsDocument, *, by_day: bool) -> None:
    """Print all of it; *by_day*: also what happened on each day."""
    console = Console()
    console.print(Text(f"From {found.since} to {found.until}; days are those of {found.timezone}."))
    console.print(_jobs(found))
    console.print(_throughput(found, by_day=by_day))
    console.print(_stages(found))
    console.print(Text(_arrivals(found.arrivals)))
    console.print(_technicians(found))
    console.print(_reasons(found))
    if found.users is not UNSET:
        console.print(_users(found))


def _table(first: str, numbers: Iterable[str]) -> Table:
    # What stands first says what a row is about: it is not cut off where a terminal is narrow.
    return Table(Column(first, no_wrap=True), *(Column(name, justify="right") for name in numbers))


def _jobs(found: OperationsDocument) -> Table:
    table = _table("jobs now", ("all", *(age.replace("_", " ") for age in AGES)))
    for each in found.jobs.statuses:
        table.add_row(each.status, f"{each.count:,}", *(f"{getattr(each, age):,}" for age in AGES))
    return table


def _throughput(found: OperationsDocument, *, by_day: bool) -> Table:
    table = _table("throughput", STEPS)
    for day in found.throughput.days if by_day else ():
        table.add_row(day.date, *(f"{getattr(day, step):,}" for step in STEPS))
    total = found.throughput.total
    table.add_row("all", *(f"{getattr(total, step):,}" for step in STEPS))
    return table


def _stages(found: OperationsDocument) -> Table:
    table = _table("time in stage", ("left", "median", "90 % within"))
    for each in found.stages:
        table.add_row(each.status, f"{each.count:,}", _time(each.median_minutes), _time(each.p90_minutes))
    return table


def _time(minutes: float | None) -> str:
    return "" if minutes is None else lasting(60 * minutes)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _arrivals(arrivals: ArrivalsDocument) -> str:
    told = (
        f"Starts of field work: {arrivals.starts:,}, of them {arrivals.early:,} early, {arrivals.within:,} within "
        f"what was promised, {arrivals.late:,} late, {arrivals.unpromised:,} with nothing promised."
    )
    if arrivals.on_time is not None:
        told += f" On time: {_share(arrivals.on_time)}."
    if arrivals.late_median_minutes is not None:
        median, p90 = _time(arrivals.late_median_minutes), _time(arrivals.late_p90_minutes)
        told += f" Of the late, half by {median} at most, 90 % by {p90}."
    return told


def _technicians(found: OperationsDocument) -> Table:
    table = _table("technician", ("worked h", "available h", "used"))
    for each in found.technicians:
        have = "" if each.available_hours is None else f"{each.available_hours:,.2f}"
        table.add_row(Text(each.full_name), f"{each.worked_hours:,.2f}", have, _share(each.utilisation))
    return table


def _reasons(found: OperationsDocument) -> Table:
    table = Table("action", "reason", Column("times", justify="right"))
    for each in found.reasons:
        table.add_row(each.action, "", f"{each.count:,}", end_section=not each.reasons)
        for reason in each.reasons:
            table.add_row("", Text(reason.reason or "(erased)"), f"{reason.count:,}")
        if each.others:
            table.add_row("", Text("(others)"), f"{each.others:,}", end_section=True)
    return table


def _users(found: OperationsDocument) -> Table:
    table = Table(
        "user", "role", *(Column(name, justify="right") for name in ("sign-ins", "actions", "active days"))
    )
    for each in found.users or ():
        figures = (each.sign_ins, each.actions, each.active_days)
        table.add_row(Text(each.full_name), each.role, *(f"{figure:,}" for figure in figures))
    return table

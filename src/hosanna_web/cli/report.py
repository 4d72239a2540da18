"""`hosanna report`: how the work goes and who works how much, beside a running server or without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hosanna_web.cli.acting import somebody
from hosanna_web.cli.groups import Group
from hosanna_web.cli.report_operations import operations
from hosanna_web.cli.report_options import as_json_of, asked_for, report_options

if TYPE_CHECKING:
    from hosanna_core.model.workload import LoadDocument, Spread, WorkloadDocument


@click.group(cls=Group)
def report() -> None:
    """Reports on the work, as tables or as JSON."""


report.add_command(operations)


@report.command()
@report_options("two weeks")
def workload(
    *, since: str | None, until: str | None, by_day: bool, as_json: bool, as_email: str | None
) -> None:
    """Say how many hours, jobs and kilometres each technician has, and how evenly they are spread.

    Visits that start in that time count, from ASSIGNED on, unless they are cancelled; 62 days at most.
    """
    from hosanna_core.usecases.reporting import report_workload
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system:
        found, _ = report_workload(system.ports, somebody(system.ports, as_email), asked_for(since, until))
    if as_json:
        click.echo(as_json_of(found))
        return
    _show(found, by_day=by_day)


def _show(found: WorkloadDocument, *, by_day: bool) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    numbers = [
        Column(name, justify="right") for name in ("hours", "jobs", "travel", "km", "against the rules")
    ]
    table = Table("technician", *(["day"] if by_day else []), *numbers)
    for each in found.technicians:
        name = Text(each.full_name)
        for day in each.days if by_day else ():
            table.add_row(name, day.date, *_cells(day))
        table.add_row(name, *(["all"] if by_day else []), *_cells(each), end_section=by_day)
    console = Console()
    console.print(Text(f"From {found.since} to {found.until}:"))
    console.print(table)
    for what, spread in (("Hours", found.spread.hours), ("Jobs", found.spread.jobs)):
        console.print(Text(_spread(what, spread)))
    unknown = sum(each.unknown_ways for each in found.technicians)
    if unknown:
        console.print(Text(f"Not counted: {unknown:,} ways to or from a place without coordinates."))
    if unlooked := sum(each.overrides_unknown for each in found.technicians):
        console.print(
            Text(f"Of {unlooked:,} older visits it is not said whether they were booked against the rules.")
        )


def _cells(load: LoadDocument) -> tuple[str, ...]:
    hours, minutes = divmod(load.travel_minutes, 60)
    return (
        f"{load.hours:,.2f}",
        f"{load.jobs:,}",
        f"{hours}:{minutes:02}",
        f"{load.travel_km:,.1f}",
        str(len(load.overridden) or ""),
    )


def _spread(what: str, spread: Spread) -> str:
    ratio = "" if spread.most_to_mean is None else f", the most is {spread.most_to_mean:.2f} times the mean"
    return (
        f"{what}: {spread.mean:,.2f} in the mean, {spread.least:,.2f} to {spread.most:,.2f}, "
        f"standard deviation {spread.standard_deviation:,.2f}{ratio}."
    )

"""What a person sees of the play: a bar while it runs, tables at its end; a program gets JSON."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Login(msgspec.Struct, frozen=True):
    """How to look at the stage from inside."""

    administrator: str
    office_manager: str
    technician: str
    password: str


class Month(msgspec.Struct, frozen=True):
    """What happened in one month of the play."""

    month: str
    accepted: int
    refused: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How the play ended; the fields are those of `--json`."""

    store: str
    jobs: dict[str, int]
    users: int
    accepted: int
    refused: int
    refused_as: dict[str, int]
    months: tuple[Month, ...]
    not_played: tuple[str, ...]
    seconds: float
    actions_per_second: int
    login: Login | None


@contextmanager
def bar(total: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """A progress bar over the actions, on a terminal only; gives what is to be called with how many more were done."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  # only a terminal is worth the time
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415  # likewise

    columns = ("actions", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("actions", total=total)
        yield lambda count: progress.update(task, advance=count)


def show(report: Report, *, as_json: bool) -> None:
    """Print the end of the play on the standard output."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)))
        return
    _tables(report)
    if report.refused_as:
        click.echo(
            "Refused as " + ", ".join(f"{code} ({count})" for code, count in report.refused_as.items()) + "."
        )
    for text in report.not_played[:20]:
        click.echo(f"Not played: {text}")
    if len(report.not_played) > 20:
        click.echo(f"Not played: {len(report.not_played) - 20} more; --json names them all.")
    click.echo(
        f"{report.actions_per_second:,} actions a second, {report.seconds:.1f} seconds, on {report.store}."
    )
    if report.login is not None:
        click.echo(_how_to_log_in(report.login))


def _tables(report: Report) -> None:
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.table import Table  # noqa: PLC0415  # see above

    jobs = Table("status", "jobs")
    actions = Table("month", "accepted", "refused")
    for table in (jobs, actions):
        for column in table.columns[1:]:
            column.justify = "right"
    for status, count in report.jobs.items():
        jobs.add_row(status, f"{count:,}")
    jobs.add_section()
    jobs.add_row("all", f"{sum(report.jobs.values()):,}")
    for month in report.months:
        actions.add_row(month.month, f"{month.accepted:,}", f"{month.refused:,}")
    actions.add_section()
    actions.add_row("all", f"{report.accepted:,}", f"{report.refused:,}")
    console = Console()
    console.print(jobs)
    console.print(actions)


def _how_to_log_in(login: Login) -> str:
    return (
        "\nStart 'hosanna serve' on the same store (HOSANNA_DATA, MONGODB_URI), and log in as any of these. All who "
        "played share one password:\n"
        f"  {login.administrator}  (Administrator)\n"
        f"  {login.office_manager}  (Office Manager)\n"
        f"  {login.technician}  (Technician)\n"
        f"  password: {login.password}"
    )

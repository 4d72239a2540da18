"""What a person sees of an import: a bar while it runs, a table at its end; a program gets JSON."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hosanna_web.importing.lines import Lines
    from hosanna_web.importing.running import Tally


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How an import ended; the fields are those of `--json`."""

    file: str
    rows: int
    added: int
    already_there: int
    rejected: int
    rejects_file: str | None
    unused_columns: tuple[str, ...]
    seconds: float
    rows_per_second: int


@contextmanager
def bar(file: Path, lines: Lines, *, shown: bool) -> Iterator[Callable[[Tally], None]]:
    """A progress bar over the bytes of *file*, on a terminal only; gives what is to be called with each tally."""
    if not (shown and sys.stderr.isatty() and file.is_file()):
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415  # a fifth of a second that only a terminal is worth
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415  # likewise

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task(file.name, total=file.stat().st_size, rows=0)
        yield lambda tally: progress.update(task, completed=lines.position, rows=tally.rows)


def show(report: Report, *, as_json: bool) -> None:
    """Print the end of an import on the standard output."""
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report)))
        return
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.table import Table  # noqa: PLC0415  # see above

    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    click.echo(report.file)
    for name, value in (
        ("rows read", f"{report.rows:,}"),
        ("added", f"{report.added:,}"),
        ("already there", f"{report.already_there:,}"),
        ("rejected", f"{report.rejected:,}"),
        ("rows a second", f"{report.rows_per_second:,}"),
    ):
        table.add_row(name, value)
    Console().print(table)
    if report.rejects_file is not None:
        click.echo(f"The rejected rows and the reasons are in {report.rejects_file}")
    if report.unused_columns:
        click.echo(f"Columns that no field comes from: {', '.join(report.unused_columns)}")

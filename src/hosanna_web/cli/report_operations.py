"""`hosanna report operations`: how the work goes, as tables, JSON, CSV or pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hosanna_web.cli.acting import somebody
from hosanna_web.cli.named_path import NamedPath
from hosanna_web.cli.report_options import as_json_of, asked_for, report_options

if TYPE_CHECKING:
    from hosanna_core.model.operations import OperationsDocument


@click.command()
@report_options("thirty days")
@click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV, in the form of the API.")
@click.option(
    "--svg",
    type=NamedPath(file_okay=False),
    help="Draw it: a folder for jobs.svg, throughput.svg, stages.svg and technicians.svg.",
)
def operations(
    *,
    since: str | None,
    until: str | None,
    by_day: bool,
    as_json: bool,
    as_csv: bool,
    svg: Path | None,
    as_email: str | None,
) -> None:
    """Say how many jobs there are and how old, how fast they move, and who moves them.

    Of the jobs that the one who asks may see; 366 days at most. Users are told to Administrators alone.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    from hosanna_core.usecases.operating import report_operations
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system:
        found, _ = report_operations(system.ports, somebody(system.ports, as_email), asked_for(since, until))
    if svg is not None:
        _draw(svg, found)
    if as_json:
        click.echo(as_json_of(found))
    elif as_csv:
        from hosanna_core.rules.sheets import lines
        from hosanna_web.api.report_rows import rows_of

        click.echo(lines(rows_of(found)), nl=False)
    else:
        from hosanna_web.cli.report_tables import show

        show(found, by_day=by_day)


def _draw(folder: Path, found: OperationsDocument) -> None:
    from hosanna_web.drawing.operations import pictures

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in pictures(found).items():
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"The pictures cannot be written to {folder}: {error.strerror}.") from None

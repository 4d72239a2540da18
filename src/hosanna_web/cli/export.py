"""`hosanna export`: jobs, completed work and customers, as files for other systems."""

from __future__ import annotations

from pathlib import Path

import click

from hosanna_web.cli.acting import as_anybody_option, out_option, somebody


@click.command()
@click.argument("what", type=click.Choice(["jobs", "completed", "customers"]))
@out_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="What the file is.",
)
@click.option("--bom", is_flag=True, help="Begin a CSV with the mark by which some spreadsheets know UTF-8.")
@click.option(
    "--where",
    metavar="NAME=VALUE",
    multiple=True,
    help="A filter of the list of jobs, such as status=BILLED, or from= and to= of completed work; may be repeated.",
)
@as_anybody_option
def export(
    *, what: str, out: Path, form: str, bom: bool, where: tuple[str, ...], as_email: str | None
) -> None:
    """Write jobs, completed work or customers into a file, as whoever asks sees them.

    Its values are personal: the file is for its owner alone (0600). The export is recorded before it begins.
    """
    from hosanna_core.usecases.work_exports import EXPORTS
    from hosanna_web.cli.progress import counting
    from hosanna_web.cli.whole_files import whole_file
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    query: dict[str, list[str]] = {"format": [form], "bom": [str(bom).lower()]}
    for each in where:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each} is not NAME=VALUE.", param_hint="--where")
        query.setdefault(name, []).append(value)
    size = 0
    with (
        open_system(load_settings()) as system,
        whole_file(out) as file,
        counting("bytes", None, shown=True) as told,
    ):
        for piece in EXPORTS[what](system.ports, somebody(system.ports, as_email), query).pieces:
            file.write(piece)
            size += len(piece)
            told(size)
    click.echo(f"{out} holds {size:,} bytes.")

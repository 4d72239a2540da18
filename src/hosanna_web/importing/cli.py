"""`hosanna import`: jobs from a CSV or JSON Lines file."""

from __future__ import annotations

import codecs
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hosanna_core.errors import NotFound
from hosanna_core.usecases.importing import importer
from hosanna_web.composition import open_system
from hosanna_web.importing.lines import Lines
from hosanna_web.importing.mapping import MapError, read_maps
from hosanna_web.importing.records import UnfitFile
from hosanna_web.importing.rejects import Rejects, place_for
from hosanna_web.importing.running import run_import
from hosanna_web.importing.showing import Report, bar, show
from hosanna_web.importing.source import MappedSource, is_table
from hosanna_web.settings import load_settings

if TYPE_CHECKING:
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports


def _known_encoding(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    try:
        return name and codecs.lookup(name).name
    except LookupError:
        raise click.BadParameter(f"there is no encoding '{name}'.") from None


def _printable(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not text.isprintable():
        # Bytes that are no UTF-8 arrive as half characters, which no store can be asked for.
        raise click.BadParameter("there are characters in it that no address has.")
    return text


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="MAP",
    help="Where a job's fields come from: a JSON file, FIELD=COLUMN, or FIELD:=VALUE for a constant. "
    "May be given many times; a later one wins. Permit files need none.",
)
@click.option(
    "--as",
    "email",
    metavar="EMAIL",
    callback=_printable,
    help="Who imports, an Administrator; the oldest one if left out.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the rows go that cannot be taken.",
)
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl"]), help="What FILE is, if its name lies.")
@click.option(
    "--encoding",
    metavar="NAME",
    callback=_known_encoding,
    help="How FILE is written, such as cp1252; UTF-8 if left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def import_command(
    file: Path,
    maps: tuple[str, ...],
    email: str | None,
    rejects: Path | None,
    kind: str | None,
    encoding: str | None,
    *,
    as_json: bool,
) -> None:
    """Bring in jobs from FILE: CSV with a header, or JSON Lines.

    Each row becomes a TENTATIVE job; running it again adds nothing. A row that is not acceptable goes to a rejects file
    with its line number and every reason, and the rest goes in.
    """
    table = is_table(file) if kind is None else kind == "csv"
    place = rejects or place_for(file, ".csv" if table else ".jsonl", Path.cwd())
    if place.resolve() == file.resolve():
        raise click.UsageError("The rejects cannot go into the file that is being read.")
    try:
        given = read_maps(maps)
        with Lines(file, encoding) as lines:
            source = MappedSource(lines, given, table=table)
            rejected = Rejects(place, source.header, table=table)
            report = _import(file, lines, source, rejected, email, quiet=as_json)
    except (MapError, UnfitFile) as error:
        raise click.UsageError(str(error)) from None
    except UnicodeDecodeError as error:
        raise click.ClickException(
            f"{file} is not written in {encoding or error.encoding}: {error.reason}."
        ) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None
    show(report, as_json=as_json)


def _import(
    file: Path, lines: Lines, source: MappedSource, rejects: Rejects, email: str | None, *, quiet: bool
) -> Report:
    with (
        open_system(load_settings()) as system,
        rejects,
        bar(file, lines, shown=not quiet) as told,
    ):
        actor = _importer(system.ports, email)
        started = time.perf_counter()
        tally = run_import(system.ports, actor, source.records, source.mapper, rejects, told)
        seconds = time.perf_counter() - started
    return Report(
        file=str(file),
        rows=tally.rows,
        added=tally.added,
        already_there=tally.already_there,
        rejected=tally.rejected,
        rejects_file=str(rejects.path) if rejects.count else None,
        unused_columns=source.unused,
        seconds=round(seconds, 3),
        rows_per_second=round(tally.rows / seconds) if seconds else 0,
    )


def _importer(ports: Ports, email: str | None) -> Actor:
    try:
        return importer(ports, email)
    except NotFound:
        if email is None:
            told = "There is no Administrator yet: make one with 'hosanna admin create'."
        else:
            told = f"There is no active user {email}."
        raise click.ClickException(told) from None

"""`hosanna plan`: who goes where and when on a day, beside a running server or without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hosanna_web.cli.acting import as_option, printable, somebody
from hosanna_web.cli.named_path import NamedPath

if TYPE_CHECKING:
    from hosanna_core.model.dayplan import DayPlan
    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.plan_showing import PlanDocument


def _emails(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        printable(context, parameter, each)
    return given


@click.command()
@click.option("--date", required=True, metavar="YYYY-MM-DD", callback=printable, help="The day.")
@click.option(
    "--technician",
    "technicians",
    multiple=True,
    metavar="EMAIL",
    callback=_emails,
    help="Somebody of the crew; may be given many times. All active Technicians if left out.",
)
@click.option(
    "--seconds", type=int, default=5, show_default=True, help="How long to look for a better plan, 1 to 60."
)
@click.option(
    "--planner",
    default="built-in",
    show_default=True,
    callback=printable,
    help="built-in, pyvrp where it is installed, best (both at once), or one that a plugin brings.",
)
@click.option(
    "--svg",
    type=NamedPath(),
    help="Draw it: a folder for plan-DATE-map.svg and plan-DATE-hours.svg, or FILE.svg for FILE-map.svg and so on.",
)
@click.option("--apply", "applied", is_flag=True, help="Book it at once, as far as it still is possible.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON, in the form of the API.")
@as_option
def plan(
    *,
    date: str,
    technicians: tuple[str, ...],
    seconds: int,
    planner: str,
    svg: Path | None,
    applied: bool,
    as_json: bool,
    as_email: str | None,
) -> None:
    """Plan a day: all confirmed jobs that are promised for it, and those that are promised for no day.

    Prints who goes where and when, and why a job is left out. Nothing is booked without --apply; a plan is kept, and
    can be read, pinned, planned again and applied over the API.
    """
    from hosanna_core.usecases.plan_showing import plan_document
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system:
        actor = somebody(system.ports, as_email)
        asked = {"date": date, "seconds": seconds, "planner": planner}
        if technicians:
            asked["technician_ids"] = [_technician(system.ports, each) for each in technicians]
        made = _made(system.ports, actor, asked, shown=not as_json)
        if applied:
            made = _applied(system.ports, actor, made, shown=not as_json)
        document = plan_document(system.ports, made)
    drawn = [] if svg is None else _drawn(svg, document)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    from hosanna_web.cli.plan_tables import show

    show(document)
    for file in drawn:
        click.echo(f"Drawn: {file}")


def _technician(ports: Ports, email: str) -> str:
    from hosanna_core.rules.keys import normal_email

    user = ports.store.users.by_email(normal_email(email))
    if user is None:
        raise click.ClickException(f"There is no user {email}.")
    return user.id


def _made(ports: Ports, actor: Actor, asked: dict[str, Any], *, shown: bool) -> DayPlan:
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.planning import make_plan
    from hosanna_web.cli.progress import counting

    with counting("planning", 100, shown=shown) as told:
        return make_plan(ports, actor, Unparsed.of(asked), progress=lambda share: told(round(100 * share)))


def _applied(ports: Ports, actor: Actor, made: DayPlan, *, shown: bool) -> DayPlan:
    from hosanna_core.usecases.applying import apply_plan
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_web.cli.progress import counting

    with counting("jobs", len(made.assignments), shown=shown) as told:
        return apply_plan(ports, actor, made.id, Unparsed.of({}), done=told)


def _drawn(place: Path, document: PlanDocument) -> list[Path]:
    """The files of the pictures, written whole."""
    from hosanna_web.cli.whole_files import whole_file
    from hosanna_web.drawing.gantt import gantt
    from hosanna_web.drawing.map import plan_map

    if place.suffix.casefold() == ".svg" and not place.is_dir():
        folder, stem = place.parent, place.stem
    else:
        folder, stem = place, f"plan-{document.date}"
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in (("map", plan_map(document)), ("hours", gantt(document))):
            path = folder / f"{stem}-{name}.svg"
            with whole_file(path) as file:
                file.write(picture.encode())
            files.append(path)
    except OSError as error:
        raise click.ClickException(f"The pictures cannot be written to {folder}: {error.strerror}.") from None
    return files

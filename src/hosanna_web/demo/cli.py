"""`hosanna demo`: a year, or a month, of work."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from hosanna_core.model.ids import DAY
from hosanna_web.composition import open_system, stepped_outside
from hosanna_web.demo.diary import at
from hosanna_web.demo.month import invent
from hosanna_web.demo.permits import Permits, read_permits
from hosanna_web.demo.script import steps_of
from hosanna_web.demo.showing import bar, show
from hosanna_web.demo.staging import is_empty, stage
from hosanna_web.importing.mapping import MapError
from hosanna_web.importing.records import UnfitFile
from hosanna_web.settings import load_settings


@click.command("demo")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file of permits to play; without it a month is made up.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which month is made up.")
@click.option("--memory", is_flag=True, help="Play in memory: nothing is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def demo_command(data: Path | None, seed: int, *, memory: bool, as_json: bool) -> None:
    """Play a month, or a year of real permits, through the use cases.

    Everybody does what is theirs to do: an Administrator confirms and assigns, the office dispatches and bills, every
    contractor works as a Technician. Now and then somebody tries what is not theirs, and is refused. Needs a store
    without jobs or users.
    """
    permits = _permits(data, seed)
    clock = stepped_outside(at(permits.played[0].issued, 0) - DAY)
    with open_system(load_settings(), memory=memory, outside=clock) as system:
        if not is_empty(system.ports):
            raise click.ClickException(
                f"There are users or jobs already in {system.store}. The demo wants an empty store: name another "
                "folder, as in HOSANNA_DATA=./demo-data hosanna demo, or say --memory."
            )
        total = sum(1 + len(steps_of(permit)) for permit in permits.played)
        with bar(total, shown=not as_json) as told:
            report = stage(system.ports, clock, permits, system.store, told)
    # What was in memory is gone: there is nowhere to log in.
    show(msgspec.structs.replace(report, login=None) if memory else report, as_json=as_json)


def _permits(data: Path | None, seed: int) -> Permits:
    if data is None:
        return Permits(invent(seed), [])
    try:
        permits = read_permits(data)
    except (UnfitFile, MapError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None
    if not permits.played:
        raise click.ClickException(f"{data} holds nothing that can be played.")
    return permits

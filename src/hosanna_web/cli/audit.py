"""`hosanna audit`: showing that nobody has meddled with what is put down, here and elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hosanna_web.cli.acting import as_option, out_option, somebody
from hosanna_web.cli.groups import Group

if TYPE_CHECKING:
    from hosanna_core.ports import Ports


@click.group(cls=Group)
def audit() -> None:
    """Verify the audit trail, or write it into a file that others verify."""


@audit.command()
@click.option("--no-histories", is_flag=True, help="Leave the histories of the jobs out.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(*, no_histories: bool, as_json: bool) -> None:
    """Verify every entry of the audit trail and of every job's history, beside a running server.

    Exit 0: nobody has meddled with them. Exit 1: names the first entry that was altered, dropped, moved or cut off.
    """
    from hosanna_core.errors import BrokenChain
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    with open_system(load_settings()) as system:
        try:
            found = _verified(system.ports, histories=not no_histories, shown=not as_json)
            public_key, where = system.ports.signatures.public_key.hex(), system.store
        except BrokenChain as broken:
            if as_json:
                click.echo(json.dumps({"intact": False, "broken": broken.detail}, indent=2))
            raise click.ClickException(f"The chain is broken: {broken.detail}.") from None
    if as_json:
        click.echo(json.dumps({"intact": True, **found, "public_key": public_key}, indent=2))
        return
    from hosanna_web.cli.tables import show

    show(found.items())
    if not any(found.values()):
        click.echo(
            f"There was nothing to verify: {where} is empty. If it should not be, look at `hosanna config`."
        )
        return
    click.echo(f"Nobody has meddled with them. Exports are signed by the key {public_key}.")


def _verified(ports: Ports, *, histories: bool, shown: bool) -> dict[str, int]:
    from hosanna_core.usecases.job_chains import verify_histories
    from hosanna_core.usecases.trail import verify_trail
    from hosanna_web.cli.progress import counting

    with counting("entries", None, shown=shown) as told:
        trail = verify_trail(ports, told)
    found = {"streams": trail.streams, "entries": trail.entries, "checkpoints": trail.checkpoints}
    if histories:
        with counting("jobs", None, shown=shown) as told:
            found["jobs"] = verify_histories(ports, told)
    return found


@audit.command()
@out_option
@as_option
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def export(*, out: Path, as_email: str | None, as_json: bool) -> None:
    """Write the whole audit trail into a signed file of JSON lines that anybody can verify without Hosanna.

    Its values are personal: the file is for its owner alone (0600). The export is recorded before it begins.
    """
    from hosanna_core.usecases.exporting import export_trail
    from hosanna_web.cli.progress import counting
    from hosanna_web.cli.whole_files import whole_file
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    lines = 0
    with (
        open_system(load_settings()) as system,
        whole_file(out) as file,
        counting("entries", None, shown=not as_json) as told,
    ):
        for line in export_trail(system.ports, somebody(system.ports, as_email), told):
            file.write(line + b"\n")
            lines += 1
    # All but the first and the last.
    report = {"file": str(out), "entries": lines - 2, "public_key": system.ports.signatures.public_key.hex()}
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(f"{out} holds {report['entries']:,} entries, signed by the key {report['public_key']}.")

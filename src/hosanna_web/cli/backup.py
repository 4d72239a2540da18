"""`hosanna backup` and `hosanna restore`: the whole store as one file, and back."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hosanna_web.cli.groups import Group
from hosanna_web.cli.named_path import NamedPath

if TYPE_CHECKING:
    from hosanna_core.model.backup import Made

_NICENESS: Final = 10
_FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group(cls=Group, invoke_without_command=True)
@click.option(
    "--to",
    metavar="DIR",
    type=NamedPath(file_okay=False),
    help="The folder where the file goes; BACKUP_DIR if left out.",
)
@click.option("--allow-clear", is_flag=True, help="Also where the store is encrypted and the backup is not.")
@click.option(
    "--if-due", is_flag=True, help="Only where the last one is older than BACKUP_EVERY; then drop the oldest."
)
@json_option
@click.pass_context
def backup(
    context: click.Context, *, to: Path | None, allow_clear: bool, if_due: bool, as_json: bool
) -> None:
    """Write the whole store into one file, as it is at one instant, beside a running server.

    The file is for its owner alone (0600), and encrypted where HOSANNA_BACKUP_KEY or HOSANNA_BACKUP_KEY_FILE is set.
    """
    if context.invoked_subcommand is not None:
        return
    if if_due:
        # Nobody waits for it, and somebody else may want the processor.
        os.nice(_NICENESS)
    made = _back_up(to, allow_clear=allow_clear, if_due=if_due, shown=not as_json)
    if made is None:
        click.echo("null" if as_json else "No backup is due.")
    elif as_json:
        click.echo(json.dumps(_report(made), indent=2))
    else:
        _show(made)
        click.echo(f"{made.path} holds {made.manifest.records:,} values, {_kind(made)}.")


def _back_up(to: Path | None, *, allow_clear: bool, if_due: bool, shown: bool) -> Made | None:
    from hosanna_core.usecases.backing_up import Schedule, back_up, back_up_when_due
    from hosanna_web.cli.progress import counting
    from hosanna_web.composition import open_system
    from hosanna_web.composition.backups import backups_in, source_of
    from hosanna_web.settings import load_settings

    settings = load_settings()
    backups, source = backups_in(settings, to), source_of(settings, allow_clear=allow_clear)
    with open_system(settings) as system:
        total = sum(system.ports.store.snapshots.census().values())
        with counting("values", total, shown=shown) as told:
            try:
                if not if_due:
                    return back_up(system.ports, backups, source, "command", told)
                schedule = Schedule(every=settings.backup_every, keep=settings.backup_keep)
                return back_up_when_due(system.ports, backups, source, schedule, told)
            except OSError as error:
                where, why = to or settings.backup_folder, error.strerror or error
                raise click.ClickException(
                    f"No backup can be written to {where}: {why}. None was made."
                ) from None


@backup.command()
@click.argument("file", type=_FILE)
@json_option
def verify(*, file: Path, as_json: bool) -> None:
    """Read a backup to its end: every value, the counts, and the hash over all of it. Needs no store.

    Exit 0: it is as it was written. Exit 1: says what is wrong with it.
    """
    from hosanna_core.errors import BackupUnusable
    from hosanna_web.cli.progress import counting
    from hosanna_web.composition.backups import backup_file
    from hosanna_web.settings import load_settings

    given = backup_file(load_settings(), file)
    with counting("bytes", file.stat().st_size, shown=not as_json) as told:
        try:
            made = given.verify(told)
        except BackupUnusable as broken:
            if as_json:
                click.echo(json.dumps({"good": False, "broken": broken.detail}, indent=2))
            raise click.ClickException(broken.detail) from None
    if as_json:
        click.echo(json.dumps({"good": True, **_report(made)}, indent=2))
        return
    _show(made)
    click.echo(
        f"{file} is as it was written on {_date(made)} by Hosanna {made.manifest.about.product}, {_kind(made)}."
    )


@click.command()
@click.argument("file", type=_FILE)
@json_option
def restore(*, file: Path, as_json: bool) -> None:
    """Put a backup into a store without jobs and users, of whatever kind.

    The backup is verified to its end before anything is changed. Cursors of before lead nowhere afterwards.
    """
    from hosanna_core.usecases.backing_up import note_restored
    from hosanna_web.cli.progress import counting
    from hosanna_web.composition import open_system
    from hosanna_web.composition.backups import backup_file
    from hosanna_web.composition.restoring import restore as restored
    from hosanna_web.settings import load_settings

    settings = load_settings()
    backup_file(settings, file).header()
    made = restored(settings, file, partial(counting, shown=not as_json))
    with open_system(settings) as system:
        note_restored(system.ports, made)
        store = system.store
    if as_json:
        click.echo(json.dumps({"store": store, **_report(made)}, indent=2))
        return
    _show(made)
    click.echo(f"{store} holds all of it now. `hosanna audit verify` follows every chain of it.")


def _report(made: Made) -> dict[str, object]:
    manifest = made.manifest
    return {
        "file": made.path,
        "sha256": made.sha256,
        "bytes": made.size,
        "encrypted": made.encrypted,
        "product": manifest.about.product,
        "made_of": manifest.about.store,
        "created_at": _date(made),
        "epoch": manifest.epoch.hex(),
        "first_audit": manifest.first_audit.hex(),
        "last_audit": manifest.last_audit.hex(),
        "counts": manifest.counts,
    }


def _show(made: Made) -> None:
    from hosanna_web.cli.tables import show

    show((name.replace("_", " "), count) for name, count in made.manifest.counts.items())


def _date(made: Made) -> str:
    from hosanna_core.model.instants import to_text

    return to_text(made.manifest.about.created_at)


def _kind(made: Made) -> str:
    return f"{made.size:,} bytes, {'encrypted' if made.encrypted else 'in clear'}"

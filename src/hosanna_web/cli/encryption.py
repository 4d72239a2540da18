"""`hosanna encryption`: personal fields encrypted at rest, and the keys that do it."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Final

import click

from hosanna_web.cli.groups import Group

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.ports import Reencryption

AT_ONCE: Final = 200
"""Values that are looked at in one piece: whoever writes beside it waits that long at most."""
_KEY_BYTES: Final = 32


@click.group(cls=Group)
def encryption() -> None:
    """Encrypt what is personal in the store, and change the key."""


@encryption.command("new-key")
@click.option("--id", "key_id", metavar="ID", help="What the key is called; made up if left out.")
def new_key(*, key_id: str | None) -> None:
    """Print a fresh entry for HOSANNA_ENCRYPTION_KEYS, and keep it nowhere."""
    from hosanna_web.checks import key_ring

    entry = (
        f"{key_id or 'k' + secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"
    )
    try:
        key_ring(entry)
    except ValueError:
        raise click.BadParameter("an id has 1 to 16 of A-Z a-z 0-9 _ -", param_hint="'--id'") from None
    click.echo(entry)


@encryption.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def apply(*, as_json: bool) -> None:
    """Bring the whole store under the first key of HOSANNA_ENCRYPTION_KEYS.

    The first time stop all servers before. From then on it works beside running ones; stopped half-way, it is simply
    called again.
    """
    from hosanna_web.cli.progress import counting
    from hosanna_web.composition import open_system
    from hosanna_web.settings import load_settings

    settings = load_settings()
    if not settings.ring:
        raise click.ClickException(
            "HOSANNA_ENCRYPTION_KEYS is not set: 'hosanna encryption new-key' prints a key for it."
        )
    with open_system(settings, converting=True) as system:
        work = system.reencryption
        if work is None:
            raise click.ClickException("This store keeps nothing that could be encrypted.")
        total = work.total()
        with counting("values", total, shown=not as_json) as told:
            seen = _apply(work, told)
    key_id = settings.ring[0][0]
    if as_json:
        click.echo(json.dumps({"key": key_id, "values": seen}, indent=2))
    else:
        click.echo(f"All {seen:,} values are under the key {key_id} now.")


def _apply(work: Reencryption, told: Callable[[int], None]) -> int:
    seen = 0
    while some := work.step(AT_ONCE):
        seen += some
        told(seen)
    return seen

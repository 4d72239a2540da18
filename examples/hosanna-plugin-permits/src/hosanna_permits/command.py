"""`hosanna permits`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hosanna_core.usecases.acting import acting
from hosanna_permits.report import missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hosanna_core.ports import Ports


def permits(opened: Callable[[], AbstractContextManager[Ports]]) -> click.Command:
    """The command; *opened* opens the system when it is called, and not before."""

    @click.group("permits")
    def group() -> None:
        """Electrical permits."""

    @group.command("missing")
    def show() -> None:
        """List the jobs that need a permit and have none, as the oldest Administrator sees them."""
        with opened() as ports:
            found = missing(ports, acting(ports, None), 1_000)
        for each in found:
            click.echo(f"{each.number}  {each.status:<9}  {each.title}")
        click.echo(f"{len(found)} without a permit.")

    return group

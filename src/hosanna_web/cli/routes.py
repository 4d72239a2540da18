"""`hosanna routes`: what the server answers to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from hosanna_web.api.operations import Operation

EVERYBODY: Final = "everybody"
EVERY_USER: Final = "every user"
BY_ROLE: Final = "by role"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def routes(*, as_json: bool) -> None:
    """List the paths of the API, and who may use them.

    "By role" means that the matrix of permissions decides. Whatever a caller may not see is not there for them.
    """
    from hosanna_web.api.table import OPERATIONS
    from hosanna_web.cli.plugins import here
    from hosanna_web.plugins.routes import operations_of

    everything = (*OPERATIONS, *operations_of(here()))
    rows = [(each.method, each.path, each.summary, who(each)) for each in everything]
    if as_json:
        names = ("method", "path", "summary", "who")
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table("method", Column("path", overflow="fold"), "what it does", "who")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def who(operation: Operation) -> str:
    """Whom a route serves."""
    from hosanna_core.errors import PermissionDenied

    if operation.public:
        return EVERYBODY
    return BY_ROLE if PermissionDenied in operation.refusals else EVERY_USER

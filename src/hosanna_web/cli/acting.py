"""Who a command acts as, and where what it finds goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from hosanna_core.errors import NotFound
from hosanna_core.usecases.acting import acting
from hosanna_web.cli.named_path import NamedPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.people import Actor
    from hosanna_core.ports import Ports

F = TypeVar("F", bound="Callable[..., Any]")


def printable(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    """An option's text; bytes that are no UTF-8 arrive as half characters, which no store can be asked for."""
    if text is not None and not text.isprintable():
        raise click.BadParameter("there are characters in it that cannot be.")
    return text


def _as_option(who: str) -> Callable[[F], F]:
    return click.option(
        "--as",
        "as_email",
        metavar="EMAIL",
        callback=printable,
        help=f"Who does this, {who}; the oldest Administrator if left out.",
    )


as_option = _as_option("an Administrator")
as_office_option = _as_option("an Administrator or an Office Manager")
as_anybody_option = _as_option("of whatever role, as far as it reaches")
out_option = click.option(
    "--out",
    required=True,
    type=NamedPath(dir_okay=False),
    help="Where the file goes; one that is there is replaced.",
)


def somebody(ports: Ports, email: str | None) -> Actor:
    """Whoever is named, or the oldest Administrator. Raises ClickException where there is nobody."""
    try:
        return acting(ports, email)
    except NotFound:
        told = (
            "There is no Administrator yet: make one with 'hosanna admin create'."
            if email is None
            else f"There is no active user {email}."
        )
        raise click.ClickException(told) from None

"""Commands that have commands of their own."""

from __future__ import annotations

from typing import Final

import click

_LONGER_THAN_ANY: Final = 1_000


class Group(click.Group):
    """A group whose help tells what each command does by a whole sentence: click cuts it off where a line ends."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, each with the first sentence of its own help."""
        told = [
            (name, command.get_short_help_str(limit=_LONGER_THAN_ANY))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(told)

"""A path that somebody names on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class NamedPath(click.Path):
    """A path that is not empty: `--to "$BACKUPS"` without that variable would mean the current folder."""

    def __init__(self, *, file_okay: bool = True, dir_okay: bool = True) -> None:
        super().__init__(file_okay=file_okay, dir_okay=dir_okay, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The path. Raises BadParameter."""
        if not os.fspath(value).strip():
            self.fail("It is empty: name a place, or . for the current folder.", param, ctx)
        return super().convert(value, param, ctx)

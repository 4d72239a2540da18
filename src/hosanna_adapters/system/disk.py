"""How much room there is where a store's file lies."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from hosanna_core.model.condition import Condition, Mode

if TYPE_CHECKING:
    from pathlib import Path

LITTLE: Final = 512 * 1024 * 1024
"""Bytes below which somebody should look: a day's work and a backup need less, and not much less."""


class Disk:
    """The disk of a folder.

    >>> from pathlib import Path
    >>> Disk(Path("/")).condition().name
    'disk'
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def condition(self) -> Condition:
        """How it is: one that is nearly full is degraded, one that cannot be asked is away."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError as error:
            return Condition(name="disk", mode=Mode.AWAY, error=type(error).__name__)
        return Condition(name="disk", mode=Mode.OK if free >= LITTLE else Mode.DEGRADED)

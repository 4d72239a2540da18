"""Where backups are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hosanna_core.model.backup import About, Made, Manifest
    from hosanna_core.model.snapshot import Record


class Backups(Protocol):
    """A place that holds backups by name; a name is a good backup's, or nobody's."""

    @property
    def encrypted(self) -> bool:
        """Whether nobody reads what is kept here without a key."""

    def write(self, about: About, records: Iterable[Record], manifest: Callable[[], Manifest]) -> Made:
        """Keep *records* under a new name, and *manifest*, asked for when all were taken, behind them.

        There is nothing under that name before all is written and safe from a loss of power. Whatever is raised, by
        *records* among it, leaves no backup behind. Raises OSError where it cannot be written.
        """

    def good(self) -> Sequence[str]:
        """The names of the backups that are here, newest first, those left out that are seen to be cut short."""

    def remove(self, name: str) -> None:
        """Remove one of them; one that is gone already is no error."""

"""How far each reader of the feed has come, over restarts and for all servers together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis


class Bookmarks(Protocol):
    """A place in the feed for each reader, by its name, and which process reads for it."""

    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        """Be the one who reads for *reader* until then: True where nobody else is by *now*, or *holder* was.

        Until *now* is not at all: it gives back what *holder* has.
        """

    def place(self, reader: str) -> Cursor | None:
        """How far *reader* has come; None: it has not begun."""

    def move(self, reader: str, was: Cursor | None, place: Cursor) -> bool:
        """Keep that *reader* has come to *place*. False, and nothing is kept, where it is not at *was* any more."""

"""How far each reader of the feed has come, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_adapters.memory.state import State
    from hosanna_core.model.feed import Cursor
    from hosanna_core.model.ids import Id, Millis


class MemoryBookmarks:
    """The bookmarks of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def lease(self, reader: str, holder: Id, now: Millis, until: Millis) -> bool:
        with self._state.lock:
            held_by, held_until = self._state.readers.get(reader, (holder, 0))
            if held_by != holder and now < held_until:
                return False
            self._state.readers[reader] = (holder, until)
            return True

    def place(self, reader: str) -> Cursor | None:
        return self._state.bookmarks.get(reader)

    def move(self, reader: str, was: Cursor | None, place: Cursor) -> bool:
        with self._state.lock:
            if self._state.bookmarks.get(reader) != was:
                return False
            self._state.bookmarks[reader] = place
            return True

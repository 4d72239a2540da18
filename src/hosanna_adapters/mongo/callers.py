"""Who is calling, kept for a quarter of a second, so that a request usually costs one operation.

No process tells another what changed and no two clocks are compared: an answer is kept for that long from the *start*
of its read, and whoever changes a user answers that long *after* the commit. Whatever was read before is forgotten by
then, wherever it was kept.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import Caller

KEPT: Final = 0.25
"""Seconds for which an answer is kept, and a change of a user waits."""
MOST_KEPT: Final = 4_096
"""So many callers are kept at most; where more come they are all read again."""


class Callers:
    """The callers of one process. With *kept* 0 nothing is kept and nobody waits: each is read."""

    def __init__(
        self,
        read: Callable[[UserId], Caller | None],
        kept: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._read = read
        self._kept = kept
        self._clock = clock
        self._sleep = sleep
        self._known: dict[UserId, tuple[Caller, float]] = {}

    def get(self, user_id: UserId) -> Caller | None:
        """As it was at some time in the last quarter of a second; what is nobody's is never kept."""
        began = self._clock()
        if (known := self._known.get(user_id)) is not None and began < known[1]:
            return known[0]
        found = self._read(user_id)
        if found is not None and self._kept:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[user_id] = (found, began + self._kept)
        return found

    def outlive(self) -> None:
        """Wait until nobody has an answer any more that was read before."""
        if self._kept:
            self._sleep(self._kept)

"""The feed of a `MemoryStore`: the newest events, numbered."""

from __future__ import annotations

import secrets
from collections import deque
from threading import Condition
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import CursorLost
from hosanna_core.model.feed import Cursor, Followed, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from threading import Lock

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.event import Event

KEPT: Final = 100_000
"""So many events are remembered."""
_BYTES: Final = 8


class Log:
    """What was committed; whoever writes or reads holds the store's lock, which the condition shares."""

    def __init__(self, lock: Lock) -> None:
        self.epoch = secrets.token_bytes(16)
        self.grown = Condition(lock)
        self.events: deque[Event] = deque(maxlen=KEPT)
        self.end = 0
        """How many there ever were."""

    def begin_anew(self) -> None:
        """Forget all, as another store: cursors of before lead nowhere, and whoever waits looks again."""
        self.epoch = secrets.token_bytes(16)
        self.events.clear()
        self.grown.notify_all()

    @property
    def start(self) -> int:
        """How many were dropped."""
        return self.end - len(self.events)

    def extend(self, events: Iterable[Event]) -> None:
        """Put events at the end, and wake whoever waits for them."""
        for event in events:
            self.events.append(event)
            self.end += 1
        self.grown.notify_all()

    def known(self, cursor: Cursor) -> int:
        """How many events lie before a cursor; raises CursorLost."""
        n = int.from_bytes(cursor, "big")
        if len(cursor) != _BYTES or not self.start <= n <= self.end:
            raise CursorLost
        return n


class MemoryFeed:
    """`Feed` over a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._log = state.log

    @property
    def epoch(self) -> bytes:
        return self._log.epoch

    def head(self) -> Cursor:
        with self._log.grown:
            return _cursor(self._log.end)

    def after(self, cursor: Cursor, limit: int) -> Stretch:
        log = self._log
        with log.grown:
            n = log.known(cursor)
            # By number: both ends of the log are near, and whoever follows is at the later one.
            found = [log.events[k - log.start] for k in range(n, min(n + limit, log.end))]
        told = tuple(Followed(_cursor(n + k), event) for k, event in enumerate(found, 1))
        return Stretch(told, told[-1].cursor if told else cursor)

    def wait(self, cursor: Cursor, timeout: float) -> bool:
        log = self._log
        with log.grown:
            n = log.known(cursor)
            return log.grown.wait_for(lambda: log.end > n, timeout)


def _cursor(n: int) -> Cursor:
    return n.to_bytes(_BYTES, "big")

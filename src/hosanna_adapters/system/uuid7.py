"""UUIDs of version 7 (RFC 9562) that rise strictly, also within one millisecond."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.model.ids import Id, Millis

_TAIL_BITS = 74
_TAIL = (1 << _TAIL_BITS) - 1
_FRESH = _TAIL >> 1
"""A millisecond begins in the lower half of its tails, so that there is room to count on."""
_STEP_BYTES = 4


class Uuid7Sequence:
    """Mints ids, each greater than the one before, whatever the clock does.

    Within one millisecond the random tail is raised by a random step (RFC 9562, 6.2, method 2): an id tells nothing
    about its neighbours. Safe to call from any thread.
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._lock = threading.Lock()
        self._last = -1

    def next(self, now: Millis) -> Id:
        """The next id, of the instant *now* or, where that has been overtaken, of the last id's."""
        with self._lock:
            if now > self._last >> _TAIL_BITS:
                tail = int.from_bytes(self._entropy(10), "big") & _FRESH
                self._last = now << _TAIL_BITS | tail
            else:
                self._last += 1 + int.from_bytes(self._entropy(_STEP_BYTES), "big")
            return _text(self._last)


def _text(value: int) -> Id:
    tail = value & _TAIL
    digits = f"{value >> _TAIL_BITS:012x}7{tail >> 62:03x}{1 << 63 | tail & (1 << 62) - 1:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

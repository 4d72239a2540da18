"""How long to wait before the next try: longer each time, and never all devices at once."""

from __future__ import annotations

import time
from secrets import SystemRandom
from typing import TYPE_CHECKING, Final, TypeVar

from hosanna_web.client.refusals import Offline, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SHORTEST: Final = 0.5
LONGEST: Final = 30.0
_CHANCE: Final[Callable[[], float]] = SystemRandom().random


class BackOff:
    """Seconds to wait: each time about twice as many, up to *longest*, until it is `reset`.

    >>> waits = BackOff(chance=lambda: 1.0)
    >>> [waits.next() for _ in range(8)]
    [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    >>> waits.reset()
    >>> waits.next()
    0.5
    """

    def __init__(
        self,
        shortest: float = SHORTEST,
        longest: float = LONGEST,
        *,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        self._shortest = shortest
        self._longest = longest
        self._chance = chance
        self._tries = 0

    @property
    def rested(self) -> bool:
        """Whether nothing had to be tried again lately."""
        return self._tries == 0

    def next(self) -> float:
        """The next wait: half of it is sure, the other half is chance."""
        whole = min(self._shortest * 2**self._tries, self._longest)
        self._tries = min(self._tries + 1, 30)
        return float(whole * (0.5 + 0.5 * self._chance()))

    def reset(self) -> None:
        """It went well for a while: the next wait is the shortest."""
        self._tries = 0


def tried(work: Callable[[], T], again: Callable[[Offline | Refused], bool], patience: float) -> T:
    """What *work* answers, tried for *patience* seconds in all where it fails in a way that may pass.

    *again* says of an error whether that is so. A refusal says itself when to come back.
    """
    until = time.monotonic() + patience
    waits = BackOff()
    while True:
        try:
            return work()
        except (Offline, Refused) as error:
            wait = error.retry_after if isinstance(error, Refused) else None
            wait = waits.next() if wait is None else wait
            if not again(error) or time.monotonic() + wait > until:
                raise
        time.sleep(wait)

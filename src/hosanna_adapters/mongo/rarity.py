"""Whether few jobs fulfil a condition, remembered for a moment: who searches asks page by page, letter by letter."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_adapters.mongo.queries import Driver

REMEMBERED: Final = 10.0
"""Seconds. It decides where a search begins and never what it finds: in so short a time no rare word becomes common."""
MOST: Final = 4_096
"""So many are remembered at most; where more come they are all counted again."""


class Rarity:
    """What one process knows of the rarity of conditions."""

    def __init__(self, count: Callable[[Driver], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._known: dict[str, tuple[bool, float]] = {}

    def is_rare(self, driver: Driver) -> bool:
        """Whether few fulfil it, or did so a moment ago."""
        key, now = f"{driver.index}|{driver.query}", self._clock()
        if (known := self._known.get(key)) is not None and now < known[1]:
            return known[0]
        rare = self._count(driver)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (rare, now + REMEMBERED)
        return rare

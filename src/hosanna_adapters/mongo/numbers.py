"""Job numbers: one counter for all, and for each process a block of 16, so that few jobs wait for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from pymongo import ReturnDocument

from hosanna_adapters.mongo.schema import COUNTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.mongo.archive import Archive

BLOCK: Final = 16
JOB_NUMBERS: Final = "job_numbers"
"""The counter of the numbers that were given."""


class Numbers:
    """Numbers that nobody was given before; what is left of a block when the process ends is never given."""

    def __init__(self, archive: Archive) -> None:
        self._counters = archive[COUNTERS]
        self._lock = threading.Lock()
        self._left = range(0)

    def claim(self, count: int) -> Sequence[int]:
        """*count* of them."""
        with self._lock:
            claimed = list(self._left[:count])
            self._left = self._left[count:]
            if len(claimed) < count:
                fresh = self._block(max(BLOCK, count - len(claimed)))
                missing = count - len(claimed)
                claimed += fresh[:missing]
                self._left = fresh[missing:]
        return claimed

    def _block(self, size: int) -> range:
        raised = {"$inc": {"last": size}}
        counter = self._counters.find_one_and_update(
            {"_id": JOB_NUMBERS}, raised, upsert=True, return_document=ReturnDocument.AFTER
        )
        last = 0 if counter is None else int(counter["last"])
        return range(last - size + 1, last + 1)

"""What was dear to make, kept by one process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES: Final = 16 * 1024 * 1024
BESIDE: Final = 256
"""Bytes that a value costs beside its own."""


class MemoryCache:
    """`Cache` of one process. Of more than *most_bytes* the oldest are forgotten.

    >>> cache = MemoryCache()
    >>> cache.put("report", b"42 jobs", seconds=30)
    >>> cache.get("report")
    b'42 jobs'
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        with self._lock:
            until, value = self._kept.get(key, (0.0, b""))
            return value if self._clock() < until else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        with self._lock:
            now = self._clock()
            for known in [known for known, (until, _) in self._kept.items() if known == key or until <= now]:
                self._forget(known)
            if len(value) + BESIDE > self._most:
                return
            self._kept[key] = (now + seconds, value)
            self._bytes += len(value) + BESIDE
            while self._bytes > self._most:
                self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        self._bytes -= len(self._kept.pop(key)[1]) + BESIDE

"""Where a device keeps what it must not forget: its copy, how far it has come, its queue, its refresh token."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Shelf(Protocol):
    """JSON values by kind and key. Any thread may use it; what is returned is the caller's own."""

    def all(self, kind: str) -> dict[str, Any]:
        """Everything of a kind, in the order in which its keys first came."""

    def change(
        self,
        kind: str,
        *,
        put: Mapping[str, Any] | None = None,
        remove: Iterable[str] = (),
        clear: bool = False,
    ) -> None:
        """Clear the kind if so wanted, remove keys (of what is not there, nothing), then put values.

        Done whole or not at all, and for good once it returns, whatever becomes of the process.
        """


class MemoryShelf:
    """A shelf that lasts as long as the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Any]] = {}

    def all(self, kind: str) -> dict[str, Any]:
        """Everything of a kind."""
        with self._lock:
            return copy.deepcopy(self._kinds.get(kind, {}))

    def change(
        self,
        kind: str,
        *,
        put: Mapping[str, Any] | None = None,
        remove: Iterable[str] = (),
        clear: bool = False,
    ) -> None:
        """Change a kind."""
        own = copy.deepcopy(dict(put or {}))
        with self._lock:
            kept = self._kinds.setdefault(kind, {})
            if clear:
                kept.clear()
            for key in remove:
                kept.pop(key, None)
            kept.update(own)

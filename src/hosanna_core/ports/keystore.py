"""Where a store keeps its own secret, wrapped."""

from __future__ import annotations

from typing import Protocol


class Keystore(Protocol):
    """One slot for the store's secret, encrypted by whoever composes the system: the store never sees it plain."""

    def wrapped(self) -> bytes | None:
        """What is kept, None in a new store."""

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        """Keep *wrapped* if the slot is empty, or still holds *instead_of*; answer what the slot holds then.

        Of several processes that start at once on a new store, all get the same answer.
        """

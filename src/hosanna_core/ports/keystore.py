"""Where a store keeps its own secret, wrapped."""

from __future__ import annotations

from typing import Protocol


class Keystore(Protocol):
    """One slot for the store's secret, encrypted by whoever composes the system: the store never sees it plain.

    Beside it one for the mark of the audit trail's newest checkpoint, which is signed and opaque to the store.
    """

    def wrapped(self) -> bytes | None:
        """What is kept, None in a new store."""

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        """Keep *wrapped* if the slot is empty, or still holds *instead_of*; answer what the slot holds then.

        Of several processes that start at once on a new store, all get the same answer.
        """

    def mark(self) -> bytes | None:
        """The mark that is kept, None as long as there is none."""

    def keep_mark(self, mark: bytes, instead_of: bytes | None) -> bytes:
        """Keep *mark* as `keep` keeps a secret; answer which mark is kept then."""

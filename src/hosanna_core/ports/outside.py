"""Time, identity and chance: what a pure core must be handed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.ids import Id, Millis


class Outside(Protocol):
    """The outside world; tests and demonstrations bring their own."""

    def now(self) -> Millis:
        """The present instant; it never runs backwards within a process."""

    def mint(self) -> Id:
        """A new UUIDv7 of the present instant; each is greater than all that this process minted before."""

    def entropy(self, count: int) -> bytes:
        """*count* random bytes, good enough for keys."""

"""How much of something is too much."""

from __future__ import annotations

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most *most* within any *seconds*; *name* is what the answers call it."""

    name: str
    most: int
    seconds: int


class Use(msgspec.Struct, frozen=True):
    """One thing that is counted: against which limit, and for whom. *key* holds no personal data in the open."""

    limit: Limit
    key: str


class Allowance(msgspec.Struct, frozen=True):
    """What is left of the tightest limit that was asked about."""

    limit: Limit
    remaining: int
    reset: int
    """Seconds until there is more of it."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self.remaining <= 0

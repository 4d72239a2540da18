"""How one limit is counted: what one process remembers of it, and in which portions several processes share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hosanna_core.model.limits import Limit

EXACT: Final = 100
"""Limits up to here are counted one by one; larger ones in hundredths."""
_SHORTEST_LEASED: Final = 10
"""Seconds; a shorter window is over before a lease has saved anything."""


class Terms:
    """What follows from a limit, worked out once.

    A *lease* is a portion of the limit that a process takes from the shared counter at once and spends on its own. It
    lapses after *life* seconds, and the shared counter remembers it for *expiry* = window + life: a use is counted
    for at least the whole window from the moment it was made. So no moving window admits more than the limit,
    however many processes there are. Leases consist of *units* of *unit* uses; the shared counter has *units_most*.
    """

    __slots__ = (
        "biggest",
        "expiry",
        "grain",
        "leased",
        "life",
        "limit",
        "most",
        "name",
        "span",
        "unit",
        "units_most",
    )

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.most = limit.most
        self.name = f"{limit.name}/{limit.most}/{limit.seconds}/"
        """Begins the key in the shared counter; another value of the same limit is counted anew."""
        self.grain = limit.seconds / EXACT if limit.most > EXACT else 0.0
        """Uses that lie closer together share a stamp, and count until the last moment that it stands for is old."""
        self.span = limit.seconds + self.grain
        self.unit = max(1, limit.most // 1_000)
        self.units_most = limit.most // self.unit
        self.biggest = limit.most // 100 // self.unit
        self.leased = (
            limit.most > EXACT and self.biggest * self.unit > 1 and limit.seconds >= _SHORTEST_LEASED
        )
        if not self.leased:
            self.unit, self.units_most, self.biggest = 1, limit.most, 1
        life = limit.seconds // 10 if self.leased else 0
        self.expiry = limit.seconds + life
        # What is taken one by one is spent at once, unless another limit of the same call turns out to be exhausted.
        self.life = float(life or 1)

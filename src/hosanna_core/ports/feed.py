"""Following what was committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.feed import Cursor, Stretch


class Feed(Protocol):
    """Every committed event, exactly once, in one total order that is the same for whoever follows.

    The order is that of the commits, so within an aggregate that of its versions; the events of one commit stand
    together, in the order of `Change.events`, and those of its notices (`rules.notices`) behind them. An event is
    there from the instant at which its commit is acknowledged, in whatever process, and none ever appears before one
    that was already given. What was rolled back never appears. Events are kept for days; a store may drop the oldest.
    """

    @property
    def epoch(self) -> bytes:
        """Which store this is, 16 bytes: the same for every process, another one after a restore."""

    def head(self) -> Cursor:
        """The end: behind everything that was acknowledged before the call, before everything that begins after it."""

    def after(self, cursor: Cursor, limit: int) -> Stretch:
        """At most *limit* events behind *cursor*, oldest first, and where to go on.

        Fewer only where no more is left of what was committed before the call.

        Raises CursorLost where some of the events behind it may have been dropped, where it lies beyond the end, and
        where it is no cursor of this store. Raises Busy.
        """

    def wait(self, cursor: Cursor, timeout: float) -> bool:
        """Block until there is an event behind *cursor*, for *timeout* seconds at most; whether there is one.

        May answer True too early, never too late. Several threads may wait at once. Raises what `after` raises.
        """

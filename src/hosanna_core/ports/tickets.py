"""What may be used once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hosanna_core.model.ids import Id, Millis


class Tickets(Protocol):
    """Remembers which tickets were used: nothing is stored of one until then."""

    def redeem(self, ticket_id: Id, now: Millis, expires_at: Millis) -> bool:
        """Note that a ticket is used: True for the first who does so, in whatever process; for everybody else False.

        May be forgotten after *expires_at*, from when on the caller refuses it anyway. Raises Busy.
        """

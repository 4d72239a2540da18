"""Reading the technicians' calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.schedule import Calendar


class Calendars(Protocol):
    """One calendar per user who is or ever was a Technician."""

    def of(self, technician_ids: Sequence[UserId]) -> Mapping[UserId, Calendar]:
        """The calendars of those among *technician_ids* who have one."""

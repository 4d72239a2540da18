"""Who sees which jobs: one value, asked by every way of reading.

`Scope.admits` is the truth; each store translates the same scope into its query, and the contract suite compares the
two on generated jobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.ids import UserId
from hosanna_core.model.people import Actor, Capability
from hosanna_core.model.status import Standing, Status
from hosanna_core.rules.lifecycle import IN_THE_FIELD, standing_after
from hosanna_core.rules.permissions import MATRIX, Grant

if TYPE_CHECKING:
    from hosanna_core.model.place import Place
    from hosanna_core.model.query import JobFilter

EVERYTHING: Final = frozenset(Standing)
EVER_CONFIRMED: Final = EVERYTHING - {Standing.TENTATIVE, Standing.CANCELLED_UNSEEN}
DISPATCHED_ON: Final = IN_THE_FIELD | {Standing.CANCELLED_FIELD}
_STANDINGS_OF: Final = {
    status: frozenset(standing_after(before, status) for before in (None, *Standing)) for status in Status
}


class Scope(msgspec.Struct, frozen=True):
    """What somebody may see: jobs of these standings, of this technician (None: of anybody)."""

    standings: frozenset[Standing]
    technician_id: UserId | None

    def admits(self, place: Place | None) -> bool:
        """Whether a job at *place* may be seen; no job may not."""
        return (
            place is not None
            and place.standing in self.standings
            and (self.technician_id is None or place.technician_id == self.technician_id)
        )

    def narrow(self, wanted: JobFilter) -> Scope | None:
        """The part of the scope that a filter asks for; None when nothing is left to ask the store.

        >>> from hosanna_core.model.query import JobFilter
        >>> from hosanna_core.model.people import Role
        >>> office = scope_of(Actor("o", Role.OFFICE_MANAGER))
        >>> office.narrow(JobFilter(statuses=frozenset({Status.TENTATIVE}))) is None
        True
        """
        standings = self.standings
        if wanted.statuses is not None:
            standings = standings & frozenset().union(*(_STANDINGS_OF[status] for status in wanted.statuses))
        technician_id = self.technician_id
        if wanted.technician_id is not None:
            if technician_id not in (None, wanted.technician_id):
                return None
            technician_id = wanted.technician_id
        return Scope(standings, technician_id) if standings else None


SEES_ALL: Final = Scope(EVERYTHING, None)
_OFFICE: Final = Scope(EVER_CONFIRMED, None)


def scope_of(actor: Actor) -> Scope:
    """What *actor* may see."""
    grant = MATRIX[actor.role, Capability.VIEW_ALL_JOBS]
    if grant is Grant.FULL:
        return SEES_ALL
    return _OFFICE if grant is Grant.CONFIRMED_ON else Scope(DISPATCHED_ON, actor.id)

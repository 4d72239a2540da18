"""Where a job stands for those who look at it."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import UserId
from hosanna_core.model.status import Standing


class Place(msgspec.Struct, frozen=True):
    """The two facts that visibility depends on, and nothing else."""

    standing: Standing
    technician_id: UserId | None

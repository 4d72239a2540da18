"""Where jobs are that somebody else's calendar names: their sites, and nothing more, in one read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_core.model.ids import JobId
from hosanna_core.model.travel import Point, point_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.ports import Ports


class Spots(msgspec.Struct, frozen=True):
    """The places and numbers of jobs; a job that is gone has none."""

    points: dict[JobId, Point | None]
    numbers: dict[JobId, str]


class _Place(msgspec.Struct):
    latitude: float | None
    longitude: float | None


class _Spot(msgspec.Struct):
    """What is read of a job's document."""

    number: str
    site: _Place


_spot_of = msgspec.json.Decoder(_Spot).decode


def spots_of(ports: Ports, job_ids: Iterable[JobId]) -> Spots:
    """Where the jobs are. Asks nobody's permission: whoever calls tells no more than how far it is."""
    ids = list(dict.fromkeys(job_ids))
    spots = Spots({}, {})
    if not ids:
        return spots
    for job_id, sight in ports.store.jobs.sights(ids).items():
        spot = _spot_of(sight.body)
        spots.points[job_id] = point_of(spot.site)
        spots.numbers[job_id] = spot.number
    return spots

"""The ways between a job and what stands round it in the calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from hosanna_core.model.ids import JobId
from hosanna_core.model.travel import Leg, Point
from hosanna_core.rules.assignment.neighbours import UNKNOWN, Around, Road
from hosanna_core.rules.assignment.score import Path

if TYPE_CHECKING:
    from hosanna_core.model.schedule import Visit

Legs: TypeAlias = Callable[[Sequence[Point | None], Sequence[Point | None]], Sequence[Sequence[Leg]]]
"""The way from each of the first to each of the second, as the port `Travel` says."""
Sites: TypeAlias = Mapping[JobId, Point | None]
"""Where jobs are; None, or none: it is not known."""


def roads_to(place: Point | None, spots: Sequence[Around], sites: Sites, legs: Legs) -> dict[JobId, Road]:
    """The ways that somebody goes: from the visits before and in the way to *place*, and on to those after.

    Where a place is not known there is no road.
    """
    if place is None:
        return {}
    before = _placed([v for spot in spots for v in (spot.before, *spot.clashes) if v is not None], sites)
    after = _placed([spot.after for spot in spots if spot.after is not None], sites)
    there = dict(zip(before, _ways_to(list(before.values()), place, legs), strict=True))
    back = dict(zip(after, _ways_from(place, list(after.values()), legs), strict=True))
    return {job_id: Road(there.get(job_id), back.get(job_id)) for job_id in {**before, **after}}


def all_roads(place: Point | None, sites: Sites, legs: Legs) -> dict[JobId, Road]:
    """Both ways between *place* and each site that is known."""
    if place is None:
        return {}
    known = {job_id: point for job_id, point in sites.items() if point is not None}
    points = list(known.values())
    there, back = _ways_to(points, place, legs), _ways_from(place, points, legs)
    return {job_id: Road(*both) for job_id, *both in zip(known, there, back, strict=True)}


def paths(
    homes: Sequence[Point | None],
    spots: Sequence[Around],
    place: Point | None,
    roads: Mapping[JobId, Road],
    sites: Sites,
    legs: Legs,
) -> list[Path]:
    """What the visit costs each technician on the road: from the visit before or home, and on to the next or home."""
    if place is None:
        return [Path()] * len(spots)
    from_home = _of_homes(
        [None if spot.before else home for home, spot in zip(homes, spots, strict=True)],
        lambda points: _ways_to(points, place, legs),
    )
    to_home = _of_homes(
        [None if spot.after else home for home, spot in zip(homes, spots, strict=True)],
        lambda points: _ways_from(place, points, legs),
    )
    found = []
    for home, spot, out, in_ in zip(homes, spots, from_home, to_home, strict=True):
        there = roads.get(spot.before.job_id, UNKNOWN).there if spot.before else out
        back = roads.get(spot.after.job_id, UNKNOWN).back if spot.after else in_
        start = sites.get(spot.before.job_id) if spot.before else home
        end = sites.get(spot.after.job_id) if spot.after else home
        direct = None
        if start is not None and end is not None and start != end:
            direct = legs((start,), (end,))[0][0]
        found.append(Path(there, back, direct, _called(spot.before, home), _called(spot.after, home)))
    return found


def _called(visit: Visit | None, home: Point | None) -> str:
    if visit is not None:
        return "visit"
    return "home" if home is not None else ""


def _of_homes(
    homes: Sequence[Point | None], ways: Callable[[list[Point]], Sequence[Leg]]
) -> list[Leg | None]:
    known = iter(ways([home for home in homes if home is not None]))
    return [None if home is None else next(known) for home in homes]


def _placed(visits: Sequence[Visit], sites: Sites) -> dict[JobId, Point]:
    found = ((visit.job_id, sites.get(visit.job_id)) for visit in visits)
    return {job_id: point for job_id, point in found if point is not None}


def _ways_to(points: Sequence[Point], place: Point, legs: Legs) -> list[Leg]:
    return [row[0] for row in legs(points, (place,))]


def _ways_from(place: Point, points: Sequence[Point], legs: Legs) -> Sequence[Leg]:
    return legs((place,), points)[0]

"""The haversine formula, a road factor, and a speed."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

from hosanna_core.model.travel import NO_WAY, Leg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.travel import Point

EARTH: Final = 6_371_008.8
"""The mean radius in metres (IUGG)."""
ROAD_FACTOR: Final = 1.3
"""How much longer roads are than the great circle: in a town that is a grid 4/π in the mean, and few are one."""
SPEED: Final = 40.0
"""Kilometres an hour from door to door, in a town and its surroundings."""

_Bearings = tuple[float, float, float]
"""Latitude and longitude in radians, and the cosine of the latitude."""


class GreatCircleTravel:
    """Ways by the great circle times *road_factor* (1 or more), driven at *speed* kilometres an hour.

    Raises ValueError for a factor below 1 or a speed that is not positive.

    >>> from hosanna_core.model.travel import Point
    >>> capitol, airport = Point(30.2747, -97.7404), Point(30.1975, -97.6664)
    >>> GreatCircleTravel().legs([capitol], [capitol, airport, None])
    [[Leg(seconds=0, metres=0), Leg(seconds=1304, metres=14489), Leg(seconds=0, metres=0)]]
    """

    def __init__(self, *, road_factor: float = ROAD_FACTOR, speed: float = SPEED) -> None:
        if not road_factor >= 1 or not speed > 0:
            raise ValueError("A road factor is 1 or more, and a speed is positive.")
        self._metres = 2 * EARTH * road_factor
        self._pace = 3.6 / speed

    def legs(
        self, origins: Sequence[Point | None], destinations: Sequence[Point | None]
    ) -> Sequence[Sequence[Leg]]:
        ends = [None if point is None else _bearings(point) for point in destinations]
        return [self._row(point, ends) for point in origins]

    def _row(self, origin: Point | None, ends: Sequence[_Bearings | None]) -> list[Leg]:
        if origin is None:
            return [NO_WAY] * len(ends)
        here = _bearings(origin)
        return [NO_WAY if end is None else self._leg(here, end) for end in ends]

    def _leg(self, here: _Bearings, there: _Bearings) -> Leg:
        up, along = sin((there[0] - here[0]) / 2), sin((there[1] - here[1]) / 2)
        # Opposite points may come out as a little more than one.
        metres = self._metres * asin(min(1.0, sqrt(up * up + here[2] * there[2] * along * along)))
        return Leg(round(metres * self._pace), round(metres))


def _bearings(point: Point) -> _Bearings:
    latitude = radians(point.latitude)
    return latitude, radians(point.longitude), cos(latitude)

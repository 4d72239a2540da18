"""The arc above the straight line through the globe, a road factor, and a speed."""

from __future__ import annotations

from math import asin, cos, dist, radians, sin
from typing import TYPE_CHECKING, Final

from hosanna_core.model.travel import NO_WAY, Leg
from hosanna_core.rules.assignment.areas import EARTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.travel import Point

ROAD_FACTOR: Final = 1.3
"""How much longer roads are than the great circle: in a town that is a grid 4/π in the mean, and few are one."""
SPEED: Final = 40.0
"""Kilometres an hour from door to door, in a town and its surroundings."""

_Direction = tuple[float, float, float]
"""Where a place is, seen from the middle of the globe: a vector of length one."""


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
        self._last: tuple[object, list[_Direction | None]] = None, []

    def legs(
        self, origins: Sequence[Point | None], destinations: Sequence[Point | None]
    ) -> Sequence[Sequence[Leg]]:
        ends = self._ends(destinations)
        return [self._row(point, ends) for point in origins]

    def _ends(self, destinations: Sequence[Point | None]) -> Sequence[_Direction | None]:
        """The directions of the destinations; of the same tuple as last time, as they were then."""
        known, ends = self._last
        if known is destinations:
            return ends
        ends = [None if point is None else _direction(point) for point in destinations]
        if isinstance(destinations, tuple):
            # A planner asks for row after row of one table.
            self._last = destinations, ends
        return ends

    def __getstate__(self) -> dict[str, object]:
        """For another process: without the table that was asked for last."""
        return {**self.__dict__, "_last": (None, [])}

    def _row(self, origin: Point | None, ends: Sequence[_Direction | None]) -> list[Leg]:
        if origin is None:
            return [NO_WAY] * len(ends)
        here, longest, pace = _direction(origin), self._metres, self._pace
        made = []
        # Written out: a table of a thousand places has a million ways.
        for end in ends:
            if end is None:
                made.append(NO_WAY)
                continue
            # Opposite points may come out as a little farther apart than the globe is wide.
            metres = longest * asin(min(1.0, dist(here, end) / 2))
            made.append(Leg(round(metres * pace), round(metres)))
        return made


def _direction(point: Point) -> _Direction:
    latitude, longitude = radians(point.latitude), radians(point.longitude)
    narrowed = cos(latitude)
    return narrowed * cos(longitude), narrowed * sin(longitude), sin(latitude)

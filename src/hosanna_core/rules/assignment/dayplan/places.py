"""The places of a day by number. Where nobody has told one it is assumed, and the plan says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.travel import Point

if TYPE_CHECKING:
    from collections.abc import Iterable

NOWHERE: Final = 0
"""The home of who has none: the way from there and back is none."""


class Places:
    """Each point once. A site that is not known is taken to lie in the *middle* of those that are."""

    def __init__(self, sites: Iterable[Point | None]) -> None:
        self.points: list[Point | None] = [None]
        self._numbers: dict[Point, int] = {}
        known = [site for site in sites if site is not None]
        self.middle = _middle(known)

    def home(self, point: Point | None) -> int:
        """The place where somebody's day begins and ends."""
        return NOWHERE if point is None else self._number(point)

    def site(self, point: Point | None) -> int:
        """The place of a visit."""
        point = point or self.middle
        return NOWHERE if point is None else self._number(point)

    def _number(self, point: Point) -> int:
        if point not in self._numbers:
            self._numbers[point] = len(self.points)
            self.points.append(point)
        return self._numbers[point]


def _middle(points: list[Point]) -> Point | None:
    if not points:
        return None
    north = sum(point.latitude for point in points) / len(points)
    east = sum(point.longitude for point in points) / len(points)
    return Point(north, east)

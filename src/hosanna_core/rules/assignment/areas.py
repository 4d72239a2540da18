"""Distances as the crow flies: what a service area is measured by, whatever the roads are like."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hosanna_core.model.travel import Point

EARTH: Final = 6_371_008.8
"""The mean radius in metres (IUGG)."""


def metres_between(here: Point, there: Point) -> int:
    """The great circle between two places, by the haversine formula.

    >>> from hosanna_core.model.travel import Point
    >>> metres_between(Point(30.2747, -97.7404), Point(30.1975, -97.6664))
    11146
    """
    up, along = radians(there.latitude - here.latitude) / 2, radians(there.longitude - here.longitude) / 2
    across = cos(radians(here.latitude)) * cos(radians(there.latitude))
    # Opposite points may come out as a little more than one.
    return round(2 * EARTH * asin(min(1.0, sqrt(sin(up) ** 2 + across * sin(along) ** 2))))

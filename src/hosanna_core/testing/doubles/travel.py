"""Travel over a flat chequered earth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.travel import NO_WAY, Leg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.travel import Point

METRES_A_DEGREE: Final = 100_000
SPEED: Final = 10
"""Metres a second: 36 km/h."""


class PlainTravel:
    """North and east, never across: a degree of either is 100 km, and ten metres take a second.

    >>> from hosanna_core.model.travel import Point
    >>> PlainTravel().legs([Point(0, 0)], [Point(0.3, 0.06), None])
    [[Leg(seconds=3600, metres=36000), Leg(seconds=0, metres=0)]]
    """

    def legs(
        self, origins: Sequence[Point | None], destinations: Sequence[Point | None]
    ) -> Sequence[Sequence[Leg]]:
        """The ways."""
        return [[_leg(here, there) for there in destinations] for here in origins]


def _leg(here: Point | None, there: Point | None) -> Leg:
    if here is None or there is None:
        return NO_WAY
    degrees = abs(here.latitude - there.latitude) + abs(here.longitude - there.longitude)
    metres = round(METRES_A_DEGREE * degrees)
    return Leg(round(metres / SPEED), metres)

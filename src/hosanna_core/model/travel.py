"""Points of the globe, and what lies between two of them."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec


class Point(msgspec.Struct, frozen=True, gc=False):
    """A place, in degrees of WGS 84."""

    latitude: float
    longitude: float


class Placed(Protocol):
    """What has coordinates, both of them or neither."""

    @property
    def latitude(self) -> float | None:
        """Degrees to the north."""

    @property
    def longitude(self) -> float | None:
        """Degrees to the east."""


def point_of(placed: Placed) -> Point | None:
    """Where it is, if its coordinates are known."""
    if placed.latitude is None or placed.longitude is None:
        return None
    return Point(placed.latitude, placed.longitude)


class Leg(msgspec.Struct, frozen=True, gc=False):
    """The way from one place to another."""

    seconds: int
    metres: int


NO_WAY: Final = Leg(0, 0)
"""The way to or from a place that nobody has told: it is taken for none, and whoever shows it says so."""

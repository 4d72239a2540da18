"""Points of the globe, and what lies between two of them."""

from __future__ import annotations

from typing import Final

import msgspec


class Point(msgspec.Struct, frozen=True, gc=False):
    """A place, in degrees of WGS 84."""

    latitude: float
    longitude: float


class Leg(msgspec.Struct, frozen=True, gc=False):
    """The way from one place to another."""

    seconds: int
    metres: int


NO_WAY: Final = Leg(0, 0)
"""The way to or from a place that nobody has told: it is taken for none, and whoever shows it says so."""

"""The ways between the places of a plan, as a planner wants them: whole minutes, made when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hosanna_core.model.travel import Leg, Point
    from hosanna_core.ports import Travel

MOST_CELLS: Final = 4_000_000
"""So many are remembered: all of two thousand places, the last eight hundred rows of five thousand."""
_MINUTE: Final = 60


class _Minutes(dict[int, int]):
    """Seconds rounded up to whole minutes.

    The same number is the same object: five thousand places are a hundred megabytes less.
    """

    def __missing__(self, seconds: int) -> int:
        self[seconds] = rounded = -(-seconds // _MINUTE) * _MINUTE
        return rounded


class TravelMatrix(Sequence[Sequence[int]]):
    """Seconds from place to place, rounded up to the minute: nobody is told to be there at 9:17:23.

    It may be handed to another process: what goes there are the places and the way to ask, not the answers.
    """

    def __init__(self, travel: Travel, points: Sequence[Point | None]) -> None:
        self._travel = travel
        self._points = tuple(points)
        self._rows: OrderedDict[int, list[int]] = OrderedDict()
        self._most = max(1, MOST_CELLS // max(1, len(self._points)))
        self._minutes = _Minutes()

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, place: int) -> list[int]:  # type: ignore[override]  # nobody slices it
        row = self._rows.get(place)
        if row is None:
            (legs,) = self._travel.legs((self._points[place],), self._points)
            minutes = self._minutes
            row = self._rows[place] = [minutes[leg.seconds] for leg in legs]
            if len(self._rows) > self._most:
                self._rows.popitem(last=False)
        return row

    def __getstate__(self) -> tuple[Travel, tuple[Point | None, ...]]:
        return self._travel, self._points

    def __setstate__(self, state: tuple[Travel, tuple[Point | None, ...]]) -> None:
        self.__init__(*state)  # type: ignore[misc]  # it is made anew


def way_of(travel: Travel, here: Point | None, there: Point | None) -> Leg:
    """One way."""
    ((leg,),) = travel.legs((here,), (there,))
    return leg

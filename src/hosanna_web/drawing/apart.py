"""Moving marks apart that would cover each other, each as little as may be."""

from __future__ import annotations

from math import cos, hypot, sin, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS: Final = 150
GOLDEN: Final = 2.399963
"""An angle of which no multiples meet."""
_BACK: Final = 0.02
"""How strongly each is drawn back to where it belongs."""

Bounds = tuple[float, float, float, float]


def moved_apart(
    spots: Sequence[tuple[float, float]], distance: float, bounds: Bounds
) -> list[tuple[float, float]]:
    """Where to put marks so that no two are nearer than *distance*, if that can be had, within *bounds*.

    >>> moved_apart([(5, 5), (5, 5)], 2, (0, 0, 10, 10)) != [(5, 5), (5, 5)]
    True
    """
    places = _spread(spots, distance)
    left, top, right, bottom = bounds
    for _ in range(ROUNDS):
        if not _pushed(places, distance):
            break
        for place, (x, y) in zip(places, spots, strict=True):
            place[0] = min(max(place[0] + _BACK * (x - place[0]), left), right)
            place[1] = min(max(place[1] + _BACK * (y - place[1]), top), bottom)
    return [(x, y) for x, y in places]


def _spread(spots: Sequence[tuple[float, float]], distance: float) -> list[list[float]]:
    """Those that lie at one spot begin in a spiral around it, as seeds lie in a sunflower."""
    seen: dict[tuple[int, int], int] = {}
    places = []
    for x, y in spots:
        spot = (round(x), round(y))
        turn = seen[spot] = seen.get(spot, -1) + 1
        far = 0.55 * distance * sqrt(turn)
        places.append([x + far * cos(GOLDEN * turn), y + far * sin(GOLDEN * turn)])
    return places


def _pushed(places: list[list[float]], distance: float) -> bool:
    """Push every two that are too near half of what is lacking each; whether there were any."""
    cells: dict[tuple[int, int], list[int]] = {}
    for number, (x, y) in enumerate(places):
        cells.setdefault((int(x // distance), int(y // distance)), []).append(number)
    found = False
    for (column, row), here in cells.items():
        around = [n for i in (0, 1, -1) for j in (0, 1, -1) for n in cells.get((column + i, row + j), ())]
        for one in here:
            for two in around:
                if one < two:
                    found |= _push(places[one], places[two], distance)
    return found


def _push(one: list[float], two: list[float], distance: float) -> bool:
    x, y = two[0] - one[0], two[1] - one[1]
    far = hypot(x, y)
    if far >= distance:
        return False
    if far < 1e-9:
        x, y, far = 1.0, 0.0, 1.0
        half = distance / 2
    else:
        half = (distance - far) / 2
    one[0] -= half * x / far
    one[1] -= half * y / far
    two[0] += half * x / far
    two[1] += half * y / far
    return True

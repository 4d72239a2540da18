"""Planning problems of the size of a day: a town at random, lunch breaks, skills, promised slots."""

from __future__ import annotations

from array import array
from random import Random

from hosanna_core.model.planning import Member, Problem, Slot, Span, Visit, Weights

HOUR = 3600
LUNCH = (Span(8 * HOUR, 12 * HOUR), Span(12 * HOUR + HOUR // 2, 17 * HOUR))
SLOTS = (
    (),
    (Slot(9 * HOUR, 11 * HOUR),),
    (Slot(8 * HOUR, 9 * HOUR), Slot(13 * HOUR, 15 * HOUR)),
)


def scattered(visits: int, crew: int, *, seed: int = 1) -> Problem:
    """So many visits and members, in seconds; a day is too short for all."""
    random = Random(seed)
    places = [(random.randrange(3600), random.randrange(3600)) for _ in range(visits + crew)]
    times = [array("i", [abs(a - x) + abs(b - y) for x, y in places]) for a, b in places]
    return Problem(
        times=times,
        crew=tuple(
            Member(start=n, end=n, shifts=LUNCH, skills=frozenset(random.sample("abcd", 2)))
            for n in range(visits, visits + crew)
        ),
        visits=tuple(
            Visit(
                place=n,
                duration=random.choice([1, 2, 4]) * HOUR // 2,
                slots=random.choice(SLOTS),
                skills=frozenset(random.sample("abcd", random.choice([0, 1]))),
                penalty=random.choice([None, 2 * HOUR]),
            )
            for n in range(visits)
        ),
        weights=Weights(travel=1, work=1),
    )

"""Two members exchange the rest of their tours: what taking visits out one by one hardly ever finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.gaps import settled
from hosanna_adapters.insertion.tours import make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from hosanna_adapters.insertion.state import State
    from hosanna_adapters.insertion.tours import Tour

NEAR: Final = 30
"""A rest is joined to one of so many near visits."""
WHOLE: Final = 0.15
"""How often all that two members do is exchanged."""


def exchanged(state: State, random: Random) -> tuple[Tour, Tour] | None:
    """The tours of two members with their rests exchanged at random; None where that did not come to anything."""
    ground = state.ground
    visit = random.randrange(ground.visits)
    one = state.whose[visit]
    if one < 0 or ground.booked[one]:
        return None
    mine = [node for node in state.tours[one].nodes if node != ground.depot]
    cut = mine.index(visit) + 1
    if random.random() < WHOLE:
        able = ground.able[visit]
        other = able[random.randrange(len(able))]
        theirs = [node for node in state.tours[other].nodes if node != ground.depot]
        if random.random() < 0.5:
            cut, at = 0, 0
        else:
            cut, at = cut - 1, len(theirs)
    else:
        near = ground.near(visit)
        following = near[random.randrange(min(NEAR, len(near)))]
        other = state.whose[following]
        if other < 0:
            return None
        theirs = [node for node in state.tours[other].nodes if node != ground.depot]
        at = theirs.index(following)
    if other == one or ground.booked[other]:
        return None
    return _joined(state, one, other, (mine[:cut], mine[cut:], theirs[:at], theirs[at:]))


def _joined(state: State, one: int, other: int, parts: tuple[Sequence[int], ...]) -> tuple[Tour, Tour] | None:
    ground = state.ground
    mine, my_rest, theirs, their_rest = parts
    masks = ground.masks
    if not all(masks[node] >> one & 1 for node in their_rest):
        return None
    if not all(masks[node] >> other & 1 for node in my_rest):
        return None
    first = _made(state, one, [*mine, *their_rest])
    if first is None:
        return None
    second = _made(state, other, [*theirs, *my_rest])
    return None if second is None else (first, second)


def _made(state: State, member: int, nodes: list[int]) -> Tour | None:
    ground = state.ground
    mine = ground.problem.crew[member]
    if mine.most is not None and len(nodes) > mine.most:
        return None
    tour = settled(ground, member, nodes) if ground.stocks else make(ground, member, nodes)
    if tour is None or (mine.capacity is not None and tour.load > mine.capacity):
        return None
    return tour

"""Two members exchange the rest of their tours: what taking visits out one by one hardly ever finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.gaps import settled
from hosanna_adapters.insertion.scanning import INFINITE
from hosanna_adapters.insertion.tours import look_back, make

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from hosanna_adapters.insertion.ground import Ground
    from hosanna_adapters.insertion.state import State
    from hosanna_adapters.insertion.tours import Tour

NEAR: Final = 12
"""A rest is joined to one of so many near visits."""
WHOLE: Final = 0.15
"""How often all that two members do is exchanged."""


def exchanged(state: State, random: Random, worse: float) -> tuple[Tour, Tour] | None:
    """The tours of two members with their rests exchanged at random.

    None where that did not come to anything; what is dearer by more than *worse* is mostly not even made.
    """
    ground = state.ground
    visit = random.randrange(ground.visits)
    one = state.whose[visit]
    if one < 0 or ground.booked[one]:
        return None
    mine = _visits(ground, state.tours[one])
    cut = mine.index(visit) + 1
    if random.random() < WHOLE:
        able = ground.able[visit]
        other = able[random.randrange(len(able))]
        theirs = _visits(ground, state.tours[other])
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
        theirs = _visits(ground, state.tours[other])
        at = theirs.index(following)
    if other == one or ground.booked[other]:
        return None
    if _dearer(ground, state.tours[one], cut, state.tours[other], at) > worse:
        return None
    return _joined(state, one, other, (mine[:cut], mine[cut:], theirs[:at], theirs[at:]))


def _visits(ground: Ground, tour: Tour) -> Sequence[int]:
    """The tour without its stop to restock."""
    if tour.restocked < 0:
        return tour.nodes
    return [node for node in tour.nodes if node != ground.depot]


def _dearer(ground: Ground, one: Tour, cut: int, other: Tour, at: int) -> float:
    """How much dearer two tours with their rests exchanged would be, without making them; infinite: there is no time.

    Each keeps its stop to restock where it is. Negative infinite where that cannot be known so quickly: with two such
    stops in one tour, with clocks of their own, with soft costs, and where somebody would be sent out or stay at home.
    """
    clocked = ground.clocked[one.member]
    if ground.softly or not ground.plain[one.member] or clocked is not ground.clocked[other.member]:
        return -INFINITE
    stopped, paused = 0 <= one.restocked < cut, 0 <= other.restocked < at
    cut, at = cut + stopped, at + paused
    if (stopped and other.restocked >= at) or (paused and one.restocked >= cut):
        return -INFINITE
    ahead, behind = len(one.nodes) - cut, len(other.nodes) - at
    if not (one.nodes and other.nodes and cut + behind and at + ahead):
        return -INFINITE
    first = _linked(ground, one, cut, other, at)
    return first if first == INFINITE else first + _linked(ground, other, at, one, cut)


def _linked(ground: Ground, head: Tour, cut: int, tail: Tour, at: int) -> float:
    """What the member of *head* does more or less, going on with the rest of *tail* from their *cut*."""
    clocked = ground.clocked[head.member]
    if clocked is None:
        return INFINITE
    if not tail.due:
        look_back(ground, tail)
    times, legs, nodes = ground.times, ground.legs, head.nodes
    home, foreign = ground.ends[head.member], ground.ends[tail.member]
    node = nodes[cut - 1] if cut else ground.starts[head.member]
    goes_on = at < len(tail.nodes)
    following, last = (tail.nodes[at], tail.nodes[-1]) if goes_on else (home, home)
    leg = times[node][following]
    arrival, rest = head.free[cut] + leg, tail.rest[at]
    longer = times[last][home] - times[last][foreign] if goes_on else 0
    back = max(tail.back[at], arrival + rest)
    if arrival > tail.due[at] or back + longer > clocked.closes:
        return INFINITE
    cost = 0
    if work := ground.work[head.member]:
        latest = min(tail.due[at], back - rest)
        leaving = min(head.left[cut], latest - leg - head.gone[cut])
        cost = work * (back + longer - leaving - head.work)
    if ground.legs_cost:
        cost += legs[node][following] - legs[node][nodes[cut] if cut < len(nodes) else home]
        if goes_on:
            cost += legs[last][home] - legs[last][foreign]
    return cost


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
    if ground.bounded[member] and not state.allows(member, nodes):
        return None
    return settled(ground, member, nodes) if ground.stocks else make(ground, member, nodes)

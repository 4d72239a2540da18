"""Where a visit comes into a tour the cheapest, and tours that have one visit more or some less."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.scanning import INFINITE, by_all, by_legs, by_work
from hosanna_adapters.insertion.tours import Tour, look_back, make

if TYPE_CHECKING:
    from collections.abc import Collection

    from hosanna_adapters.insertion.ground import Ground

VARIANTS: Final = 6
"""So many of the places for a stop to restock are tried with a visit that needs one."""

Gap = tuple[float, int, Tour | None]
"""What an insertion costs more, the position, and the tour with another stop to restock that it is a position in."""
NOWHERE: Final[Gap] = (INFINITE, -1, None)


def cheapest(ground: Ground, tour: Tour, visit: int) -> Gap:
    """The cheapest gap of a tour for a visit that its member may take; `NOWHERE` if there is none."""
    if ground.bounded[tour.member] and not _room_for(ground, tour, visit):
        return NOWHERE
    if not ground.needs[visit] or _carried(ground, tour, visit):
        return scan(ground, tour, visit, 0, len(tour.nodes))
    best: Gap = NOWHERE
    if tour.restocked >= 0:
        best = scan(ground, tour, visit, tour.restocked + 1, len(tour.nodes))
    if ground.depot is None:
        return best
    if tour.variants is None:
        tour.variants = _variants(ground, tour)
    for variant in tour.variants:
        more = variant.cost - tour.cost
        if more >= best[0]:
            break
        found = scan(ground, variant, visit, variant.restocked + 1, len(variant.nodes))
        if found[0] + more < best[0]:
            best = found[0] + more, found[1], variant
    return best


def _room_for(ground: Ground, tour: Tour, visit: int) -> bool:
    """Whether the member may have one more visit, and can carry what it weighs."""
    member = ground.problem.crew[tour.member]
    if member.capacity is not None and tour.load + ground.problem.visits[visit].demand > member.capacity:
        return False
    return member.most is None or len(tour.nodes) - (tour.restocked >= 0) < member.most


def _carried(ground: Ground, tour: Tour, visit: int) -> bool:
    """Whether a visit may come anywhere, before the stop to restock, too."""
    if visit in ground.untooled[tour.member]:
        return False
    used, carried = tour.parts, ground.problem.crew[tour.member].parts
    parts = ground.parts[visit]
    return not parts or all(used.get(part, 0) + count <= carried.get(part, 0) for part, count in parts)


def _variants(ground: Ground, tour: Tour) -> list[Tour]:
    """The tour with a stop to restock where it has none so early, the cheapest first."""
    assert ground.depot is not None  # noqa: S101  # asked before
    until = len(tour.nodes) if tour.restocked < 0 else tour.restocked - 1
    nodes = [node for node in tour.nodes if node != ground.depot]
    made = (
        make(ground, tour.member, [*nodes[:position], ground.depot, *nodes[position:]])
        for position in range(until + 1)
    )
    return sorted((variant for variant in made if variant is not None), key=lambda v: v.cost)[:VARIANTS]


def scan(ground: Ground, tour: Tour, visit: int, lowest: int, highest: int) -> Gap:
    """The cheapest of the gaps from position *lowest* to *highest*, tools and parts aside."""
    member = tour.member
    clocked = ground.clocked[member]
    if clocked is None:
        return NOWHERE
    if not tour.due:
        look_back(ground, tour)
    late = bisect_right(tour.free, clocked.last[visit]) - 1
    soon = bisect_left(tour.due, clocked.first[visit] + ground.durations[visit])
    gaps = range(max(lowest, soon), 1 + min(highest, late))
    if not gaps:
        return NOWHERE
    if clocked.choices[visit] is not None or (ground.work[member] and ground.legs_cost):
        best, where = by_all(ground, clocked, tour, visit, gaps)
    elif ground.work[member]:
        best, where = by_work(ground, clocked, tour, visit, gaps)
    else:
        best, where = by_legs(ground, clocked, tour, visit, gaps)
    return NOWHERE if where < 0 else (best + _beside(ground, tour, visit), where, None)


def _beside(ground: Ground, tour: Tour, visit: int) -> int:
    """What it costs beside ways and time: to send the member out, and soft costs."""
    member, cost = tour.member, 0
    if not tour.nodes:
        cost += ground.used[member]
        if ground.legs_cost:
            cost += ground.legs[ground.starts[member]][ground.ends[member]]
    if visit < ground.visits and ground.soft[visit]:
        cost += ground.soft[visit].get(member, 0)
    return cost


def taken(ground: Ground, tour: Tour, visit: int, gap: Gap) -> Tour | None:
    """The tour with the visit in that gap."""
    _, position, variant = gap
    nodes = (variant or tour).nodes
    return make(ground, tour.member, [*nodes[:position], visit, *nodes[position:]])


def without(ground: Ground, tour: Tour, gone: Collection[int]) -> Tour | None:
    """The tour without some visits, and with a stop to restock only if it needs one."""
    nodes = [node for node in tour.nodes if node not in gone]
    return make(ground, tour.member, nodes) if tour.restocked < 0 else settled(ground, tour.member, nodes)


def settled(ground: Ground, member: int, nodes: Collection[int]) -> Tour | None:
    """The cheapest tour of these nodes as to where it restocks, or whether it does; None if there is none."""
    visits = [node for node in nodes if node != ground.depot]
    until = _carried_until(ground, member, visits)
    plain = make(ground, member, visits)
    if plain is None or until == len(visits):
        return plain
    if ground.depot is None:
        return None
    _, position, _ = scan(ground, plain, ground.depot, 0, until)
    return (
        None if position < 0 else make(ground, member, [*visits[:position], ground.depot, *visits[position:]])
    )


def _carried_until(ground: Ground, member: int, nodes: Collection[int]) -> int:
    """How many of these nodes the member's own tools and parts suffice for."""
    carried, untooled = ground.problem.crew[member].parts, ground.untooled[member]
    used: dict[str, int] = {}
    for position, node in enumerate(nodes):
        if node in untooled:
            return position
        for part, count in ground.parts[node] if node < ground.visits else ():
            used[part] = used.get(part, 0) + count
            if used[part] > carried.get(part, 0):
                return position
    return len(nodes)

"""One member's tour: made once, never changed, and it knows for every gap what may come into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.ground import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.insertion.ground import Ground
    from hosanna_core.rules.assignment.routes import Beginnings

FOREVER: Final = 10**15


class Tour:
    """Nodes in order, and for the gap before each position (and after the last) what makes an insertion cheap to judge.

    - `free[p]`: when the member can leave the node before the gap at the earliest;
    - `due[p]`: when they must be at the node after it at the latest;
    - whoever arrives there at *x* is back at `max(back[p], x + rest[p])`;
    - whoever leaves the node before it by *y* left home at `min(left[p], y - gone[p])`.

    `restocked` is the position of the stop to restock, or -1. `cache` keeps for each visit its cheapest insertion.
    """

    __slots__ = (
        "back", "cache", "cost", "due", "free", "gone", "left", "load", "member", "nodes", "parts", "rest",
        "restocked", "variants", "work",
    )  # fmt: skip

    def __init__(self, member: int, nodes: Sequence[int]) -> None:
        self.member = member
        self.nodes = nodes
        self.cache: dict[int, tuple[float, int, Tour | None]] = {}
        self.variants: list[Tour] | None = None
        self.restocked = -1
        self.cost = self.work = self.load = 0
        self.parts: dict[str, int] = {}
        self.free: list[int] = []
        self.due: list[int] = []
        self.back: list[int] = []
        self.rest: list[int] = []
        self.left: list[int] = []
        self.gone: list[int] = []


def make(ground: Ground, member: int, nodes: Sequence[int]) -> Tour | None:
    """The tour of these nodes; None if there is no time for it. Nothing but time is judged."""
    tour = Tour(member, nodes)
    made = _plain(ground, tour) if ground.plain[member] else _general(ground, tour)
    if not made:
        return None
    if nodes:
        _price(ground, tour)
    return tour


def _plain(ground: Ground, tour: Tour) -> bool:
    """Nothing booked, and one stretch of time for every visit: straight through, and straight back."""
    member, nodes = tour.member, tour.nodes
    clocked = ground.clocked[member]
    if clocked is None:
        return False
    times, durations, first, last = ground.times, ground.durations, clocked.first, clocked.last
    node, at, gone, left = ground.starts[member], clocked.opens, 0, FOREVER
    free, lefts, gones = [at], [left], [0]
    for following in nodes:
        leg = times[node][following]
        at += leg
        latest = last[following]
        if at > latest:
            return False
        if at < first[following]:
            at = first[following]
        if latest - leg - gone < left:
            left = latest - leg - gone
        duration = durations[following]
        gone += leg + duration
        at += duration
        free.append(at)
        lefts.append(left)
        gones.append(gone)
        node = following
    at += times[node][ground.ends[member]]
    if nodes and at > clocked.closes:  # who stays at home goes no way
        return False
    tour.free, tour.left, tour.gone = free, lefts, gones
    if nodes:
        tour.work = at - min(left, free[-1] - gone)
    return True


def look_back(ground: Ground, tour: Tour) -> None:
    """Work out `due`, `rest` and `back`: only tours that something is put into need them."""
    member = tour.member
    clocked = ground.clocked[member]
    if clocked is None:
        return
    times, durations, first, last = ground.times, ground.durations, clocked.first, clocked.last
    booked = ground.booked[member]
    following, due, rest, back = ground.ends[member], clocked.closes, 0, NEVER
    dues, rests, backs = [due], [0], [back]
    for node in reversed(tour.nodes):
        hence = times[node][following] + durations[node]
        rest += hence
        due -= hence
        if clocked.choices[node] is not None or node in booked:
            due = first[node] if node in booked else end(clocked.choices[node], last[node], due)
        elif due > last[node]:
            due = last[node]
        if first[node] + rest > back:
            back = first[node] + rest
        dues.append(due)
        rests.append(rest)
        backs.append(back)
        following = node
    dues.reverse()
    rests.reverse()
    backs.reverse()
    tour.due, tour.rest, tour.back = dues, rests, backs


def _general(ground: Ground, tour: Tour) -> bool:
    """With booked visits and more than one stretch of time: what the tour costs is asked of the rules."""
    if not _forth(ground, tour):
        return False
    if tour.nodes:
        steps = [ground.steps[node] for node in tour.nodes]
        route = ground.rounds.timed(tour.member, steps)
        if route is None:
            return False
        tour.work = route.work
    return True


def _forth(ground: Ground, tour: Tour) -> bool:
    member = tour.member
    clocked = ground.clocked[member]
    if clocked is None:
        return False
    booked = set(ground.booked[member])
    node, at, gone, left, excused = ground.starts[member], clocked.opens, 0, FOREVER, True
    tour.free, tour.left, tour.gone = [at], [left], [0]
    for following in tour.nodes:
        leg, duration = ground.times[node][following], ground.durations[following]
        fixed = following in booked
        start = begin(clocked.choices[following], clocked.first[following], clocked.last[following], at + leg)
        if excused and fixed:
            start = clocked.first[following]
        elif start is None:
            return False
        left = min(left, clocked.last[following] - leg - gone)
        gone += leg + duration
        at = max(at, start + duration) if fixed else start + duration
        if fixed:
            gone = max(gone, at - left)
        tour.free.append(at)
        tour.left.append(left)
        tour.gone.append(gone)
        node, excused = following, fixed
    return excused or at + ground.times[node][ground.ends[member]] <= clocked.closes


def begin(choices: Beginnings | None, first: int, last: int, at: int) -> int | None:
    """The first moment to begin at that is not before *at*."""
    if at > last:
        return None
    if choices is None:
        return max(at, first)
    return next(max(at, opens) for opens, closes, _ in choices if at <= closes)


def end(choices: Beginnings | None, last: int, at: int) -> int:
    """The last moment to begin at that is not after *at*; there is one."""
    if choices is None:
        return min(at, last)
    return max((min(at, closes) for opens, closes, _ in choices if opens <= at), default=NEVER)


def _price(ground: Ground, tour: Tour) -> None:
    """What the tour costs, what it carries, and where it restocks."""
    member, nodes = tour.member, tour.nodes
    cost = ground.used[member] + ground.work[member] * tour.work
    if ground.legs_cost:
        legs, node = ground.legs, ground.starts[member]
        for following in nodes:
            cost += legs[node][following]
            node = following
        cost += legs[node][ground.ends[member]]
    visits, soft, many = ground.problem.visits, ground.soft, ground.visits
    for node in nodes:
        if node < many:
            tour.load += visits[node].demand
            if soft[node]:
                cost += soft[node].get(member, 0)
    tour.cost = cost
    if ground.stocks:
        _count_parts(ground, tour)


def _count_parts(ground: Ground, tour: Tour) -> None:
    """The parts that are used up before restocking, if the tour does."""
    for position, node in enumerate(tour.nodes):
        if node == ground.depot:
            tour.restocked = position
            return
        if node < ground.visits:
            for part, count in ground.parts[node]:
                tour.parts[part] = tour.parts.get(part, 0) + count

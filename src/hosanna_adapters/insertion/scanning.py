"""The innermost loops: what it costs to put a visit into each gap of a tour. Calls are dear here: hence three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.tours import begin, end

if TYPE_CHECKING:
    from hosanna_adapters.insertion.ground import Clocked, Ground
    from hosanna_adapters.insertion.tours import Tour

INFINITE: Final = float("inf")


def by_legs(ground: Ground, clocked: Clocked, tour: Tour, visit: int, gaps: range) -> tuple[float, int]:
    """The cheapest gap and what it costs more, where nothing but the legs costs; -1 if there is none."""
    nodes, free, due = tour.nodes, tour.free, tour.due
    times, legs = ground.times, ground.legs
    hence, hence_cost, duration = times[visit], legs[visit], ground.durations[visit]
    first, last = clocked.first[visit], clocked.last[visit]
    best, where = INFINITE, -1
    home, many = ground.ends[tour.member], len(nodes)
    node = nodes[gaps.start - 1] if gaps.start else ground.starts[tour.member]
    for gap in gaps:
        before, node = node, nodes[gap] if gap < many else home
        start = free[gap] + times[before][visit]
        if start < first:
            start = first
        elif start > last:
            continue
        if start + duration + hence[node] > due[gap]:
            continue
        row = legs[before]
        cost = row[visit] + hence_cost[node] - row[node]
        if cost < best:
            best, where = cost, gap
    return best, where


def by_work(ground: Ground, clocked: Clocked, tour: Tour, visit: int, gaps: range) -> tuple[float, int]:
    """The same where nothing but the working time costs."""
    nodes, free, due = tour.nodes, tour.free, tour.due
    times, hence, duration = ground.times, ground.times[visit], ground.durations[visit]
    first, last = clocked.first[visit], clocked.last[visit]
    best, where = INFINITE, -1
    home, many = ground.ends[tour.member], len(nodes)
    node = nodes[gaps.start - 1] if gaps.start else ground.starts[tour.member]
    for gap in gaps:
        before, node = node, nodes[gap] if gap < many else home
        leg = times[before][visit]
        start = free[gap] + leg
        if start < first:
            start = first
        elif start > last:
            continue
        onward = duration + hence[node]
        latest = due[gap]
        if start + onward > latest:
            continue
        rest = tour.rest[gap]
        back = start + onward + rest
        if back < tour.back[gap]:
            back = tour.back[gap]
        if latest > back - rest:
            latest = back - rest
        latest -= onward
        if latest > last:
            latest = last
        leaving = latest - leg - tour.gone[gap]
        if leaving > tour.left[gap]:
            leaving = tour.left[gap]
        if back - leaving < best:
            best, where = back - leaving, gap
    return (best - tour.work) * ground.work[tour.member], where


def by_all(ground: Ground, clocked: Clocked, tour: Tour, visit: int, gaps: range) -> tuple[float, int]:
    """The same for legs and working time together, and for a visit that may begin in more than one stretch of time."""
    first, last, choices = clocked.first[visit], clocked.last[visit], clocked.choices[visit]
    legs, weight = ground.legs, ground.work[tour.member]
    best, where = INFINITE, -1
    node = tour.nodes[gaps.start - 1] if gaps.start else ground.starts[tour.member]
    for gap in gaps:
        before, node = node, tour.nodes[gap] if gap < len(tour.nodes) else ground.ends[tour.member]
        leg, onward = ground.times[before][visit], ground.durations[visit] + ground.times[visit][node]
        start = begin(choices, first, last, tour.free[gap] + leg)
        if start is None or start + onward > tour.due[gap]:
            continue
        cost = 0
        if weight:
            back = max(start + onward + tour.rest[gap], tour.back[gap])
            latest = min(tour.due[gap], back - tour.rest[gap]) - onward
            leaving = max(start, end(choices, last, latest)) - leg - tour.gone[gap]
            cost = weight * (back - min(leaving, tour.left[gap]) - tour.work)
        if ground.legs_cost:
            cost += legs[before][visit] + legs[visit][node] - legs[before][node]
        if cost < best:
            best, where = cost, gap
    return best, where

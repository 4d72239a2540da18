"""Judges a plan by the words of `model/planning.py` alone. It shares no code with any planner, nor with the rules."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.planning import Member, Plan, Problem, Route, Stop, Visit


def faults(problem: Problem, plan: Plan) -> list[str]:
    """Everything that is wrong with a plan, in words; empty: nothing is."""
    unknown = [*_unknown(problem, plan)]
    if unknown:
        return unknown
    return [*_completeness(problem, plan), *_costs(problem, plan)] + [
        f"member {route.member}: {fault}" for route in plan.routes for fault in _route(problem, route)
    ]


def _unknown(problem: Problem, plan: Plan) -> Iterator[str]:
    for route in plan.routes:
        booked = len(problem.crew[route.member].booked)
        for stop in route.stops:
            if not -2 - booked < stop.step < len(problem.visits):
                yield f"member {route.member}: there is no step {stop.step}"


def _completeness(problem: Problem, plan: Plan) -> Iterator[str]:
    told = Counter(stop.step for route in plan.routes for stop in route.stops if stop.step >= 0)
    told.update(left.visit for left in plan.left_out)
    for visit in range(len(problem.visits)):
        if told.pop(visit, 0) != 1:
            yield f"visit {visit} is not told of exactly once"
    if told:
        yield f"there are no visits {sorted(told)}"
    members = [route.member for route in plan.routes]
    if len(members) != len(set(members)):
        yield "a member has two routes"
    for number, member in enumerate(problem.crew):
        if member.booked and number not in members:
            yield f"what member {number} has booked is lost"
    for left in plan.left_out:
        named = Counter(number for reason in left.reasons for number in reason.members)
        if not left.reasons or any(named[number] != 1 for number in range(len(problem.crew))):
            yield f"visit {left.visit} is left out without a reason for everybody"


def _costs(problem: Problem, plan: Plan) -> Iterator[str]:
    weights, crew, visits = problem.weights, problem.crew, problem.visits
    out = [visits[left.visit].penalty for left in plan.left_out]
    stops = [(route.member, stop.step) for route in plan.routes for stop in route.stops if stop.step >= 0]
    wanted = {
        "missing": sum(1 for penalty in out if penalty is None),
        "penalties": sum(penalty or 0 for penalty in out),
        "distance": sum(route.distance for route in plan.routes) * weights.distance,
        "travel": sum(route.travel for route in plan.routes) * weights.travel,
        "work": sum(route.work * (weights.work + crew[route.member].work) for route in plan.routes),
        "crew": sum(weights.crew + crew[route.member].used for route in plan.routes),
        "soft": sum(visits[step].soft.get(member, 0) for member, step in stops),
    }
    for part, cost in wanted.items():
        if getattr(plan.objective, part) != cost:
            yield f"{part} is {cost}, and the plan says {getattr(plan.objective, part)}"


def _route(problem: Problem, route: Route) -> Iterator[str]:
    member = problem.crew[route.member]
    if not route.stops:
        yield "a route without a stop"
        return
    yield from _booked(member, route)
    yield from _load(problem, member, route)
    yield from _stock(problem, member, route)
    for stop in route.stops:
        if stop.step >= 0:
            yield from _visit(problem.visits[stop.step], route.member, member, stop)
        elif stop.step == -1:
            yield from _restock(problem, member, stop)
    yield from _times(problem, member, route)


def _booked(member: Member, route: Route) -> Iterator[str]:
    found = sorted(-2 - stop.step for stop in route.stops if stop.step < -1)
    if found != list(range(len(member.booked))):
        yield "what is booked is not there exactly once"
    for stop in route.stops:
        if stop.step < -1:
            booked = member.booked[-2 - stop.step]
            if (stop.place, stop.start, stop.end) != (
                booked.place,
                booked.start,
                booked.start + booked.duration,
            ):
                yield "a booked visit was moved"


def _load(problem: Problem, member: Member, route: Route) -> Iterator[str]:
    visits = [problem.visits[stop.step] for stop in route.stops if stop.step >= 0]
    if member.capacity is not None and sum(visit.demand for visit in visits) > member.capacity:
        yield "carries too much"
    if member.most is not None and visits and len(visits) + len(member.booked) > member.most:
        yield "has too many visits"


def _stock(problem: Problem, member: Member, route: Route) -> Iterator[str]:
    stops = [stop for stop in route.stops if stop.step == -1]
    if len(stops) > 1:
        yield "restocks twice"
    if stops and problem.restock is None:
        yield "restocks where there is no place to"
    left = Counter(member.parts)
    for stop in route.stops:
        if stop.step == -1:
            break
        if stop.step >= 0:
            visit = problem.visits[stop.step]
            if visit.tools - member.tools:
                yield f"has not the tools for visit {stop.step}"
            left.subtract(visit.parts)
    if any(count < 0 for count in left.values()):
        yield "has not the parts"


def _visit(visit: Visit, number: int, member: Member, stop: Stop) -> Iterator[str]:
    if stop.place != visit.place or stop.end - stop.start != visit.duration:
        yield f"visit {stop.step} is not what was asked for"
    if visit.slots and not any(slot.first <= stop.start <= slot.last for slot in visit.slots):
        yield f"visit {stop.step} begins outside its slots"
    if visit.skills - member.skills:
        yield f"has not the skills for visit {stop.step}"
    if visit.members is not None and number not in visit.members:
        yield f"may not take visit {stop.step}"
    if visit.pin is not None and (visit.pin.member != number or visit.pin.start not in {None, stop.start}):
        yield f"visit {stop.step} is pinned otherwise"
    if not any(start <= stop.start and stop.end <= end for start, end in _spans(member)):
        yield f"visit {stop.step} is not within a shift"


def _restock(problem: Problem, member: Member, stop: Stop) -> Iterator[str]:
    depot = problem.restock
    if depot is None or stop.place != depot.place or stop.end - stop.start != depot.duration:
        yield "restocks elsewhere"
    elif depot.slots and not any(slot.first <= stop.start <= slot.last for slot in depot.slots):
        yield "restocks when it is closed"
    if not any(start <= stop.start and stop.end <= end for start, end in _spans(member)):
        yield "restocks outside the shifts"


def _spans(member: Member) -> list[tuple[int, int]]:
    """Where the member works, minute by minute so to say: shifts and booked visits, joined where they touch."""
    bits = [(s.start, s.end) for s in member.shifts if s.start < s.end]
    bits += [(b.start, b.start + b.duration) for b in member.booked]
    changed = True
    while changed:
        changed = False
        for one in bits:
            for two in bits:
                if one is not two and one[0] <= two[1] and two[0] <= one[1]:
                    bits = [bit for bit in bits if bit is not one and bit is not two]
                    bits.append((min(one[0], two[0]), max(one[1], two[1])))
                    changed = True
                    break
            if changed:
                break
    return sorted(bits)


def _worked(member: Member, start: int, end: int) -> int:
    """How much of a stretch is work: what lies in no break."""
    spans = _spans(member)
    breaks = [(a[1], b[0]) for a, b in pairwise(spans)]
    return end - start - sum(max(0, min(end, b) - max(start, a)) for a, b in breaks)


def _times(problem: Problem, member: Member, route: Route) -> Iterator[str]:
    places = [member.start, *(stop.place for stop in route.stops), member.end]
    legs = [problem.times[a][b] for a, b in pairwise(places)]
    distances = problem.distances or problem.times
    if route.travel != sum(legs):
        yield "the travel is not the sum of its legs"
    if route.distance != sum(distances[a][b] for a, b in pairwise(places)):
        yield "the distance is not the sum of its legs"
    excused = _excused(route.stops)
    at = route.leaving
    for number, stop in enumerate(route.stops):
        if not excused[number] and (
            not at <= stop.arrival <= stop.start or _worked(member, at, stop.arrival) < legs[number]
        ):
            yield f"arrives at step {stop.step} sooner than one can"
        at = max(at, stop.end)
    if _worked(member, at, route.back) < legs[-1] or route.back < at:
        yield "is back sooner than one can"
    spans = _spans(member)
    if not excused[0] and route.leaving < spans[0][0]:
        yield "leaves before working hours"
    if not excused[-1] and route.back > spans[-1][1]:
        yield "is back after working hours"
    if route.work != _worked(member, route.leaving, route.back):
        yield f"works {_worked(member, route.leaving, route.back)}, and the route says {route.work}"


def _excused(stops: Sequence[Stop]) -> list[bool]:
    """Which legs are as somebody has booked them: home to booked, booked to booked, booked to home."""
    booked = [True, *(stop.step < -1 for stop in stops), True]
    return [a and b for a, b in pairwise(booked)]

"""Leaving people's hours alone: a planner moves visits that cost the same at any time; who planned before did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.rules.assignment.routes import Rounds, objective

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.planning import Plan, Problem, Route, Step

_COSTS = ("distance", "travel", "work", "crew", "soft")


def calmed(problem: Problem, plan: Plan, before: Plan | None) -> Plan:
    """The plan, with the order of *before* wherever somebody makes the same visits and that order costs no more."""
    if before is None:
        return plan
    rounds = Rounds(problem)
    orders = {route.member: route.steps for route in before.routes}
    routes = tuple(_as_before(rounds, route, orders) for route in plan.routes)
    was, now = (objective(problem, each, ()) for each in (plan.routes, routes))
    moved = {name: getattr(plan.objective, name) + getattr(now, name) - getattr(was, name) for name in _COSTS}
    return msgspec.structs.replace(
        plan, routes=routes, objective=msgspec.structs.replace(plan.objective, **moved)
    )


def _as_before(rounds: Rounds, route: Route, orders: Mapping[int, Sequence[Step]]) -> Route:
    order = orders.get(route.member, ())
    if sorted(order) != sorted(step for step in route.steps if step >= 0):
        return route
    in_turn = iter(order)
    steps = tuple(next(in_turn) if step >= 0 else step for step in route.steps)
    if steps == route.steps or rounds.broken(route.member, steps):
        return route
    made = rounds.timed(route.member, steps)
    if made is None or _cost(rounds.problem, made) > _cost(rounds.problem, route):
        return route
    return made


def _cost(problem: Problem, route: Route) -> int:
    return objective(problem, [route], ()).total

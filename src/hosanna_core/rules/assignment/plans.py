"""A plan made of orders: who makes which steps. Every planner ends here: no plan leaves without being judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.planning import Plan
from hosanna_core.rules.assignment.omissions import Explaining
from hosanna_core.rules.assignment.routes import Rounds, objective

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hosanna_core.model.planning import Problem, Step


def plan_of(
    problem: Problem,
    orders: Mapping[int, Sequence[Step]],
    *,
    rounds: Rounds | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Plan:
    """The plan of these orders, by member, timed, weighed, and explained; who has no order does what they have booked.

    Raises ValueError if an order breaks a hard rule, or a visit is in two. Once it is *enough*, what is left to explain
    is explained briefly.
    """
    rounds = rounds or Rounds(problem)
    served: list[int] = []
    routes = []
    for member in range(len(problem.crew)):
        steps = tuple(orders.get(member) or rounds.booked(member))
        if not steps:
            continue
        if broken := rounds.broken(member, steps):
            raise ValueError(f"The order of member {member} breaks: {', '.join(broken)}.")
        served += [step for step in steps if step >= 0]
        route = rounds.timed(member, steps)
        if route is not None:
            routes.append(route)
    if len(served) != len(set(served)):
        raise ValueError("A visit is in two orders.")
    left_out = sorted(set(range(len(problem.visits))).difference(served))
    explaining = Explaining(rounds, routes)
    return Plan(
        routes=tuple(routes),
        left_out=tuple(explaining.left_out(visit, brief=enough()) for visit in left_out),
        objective=objective(problem, routes, left_out),
    )

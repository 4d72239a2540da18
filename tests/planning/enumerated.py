"""The best plan of a tiny problem, found by trying every one."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING

from hosanna_core.rules.assignment.routes import Rounds, objective

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.planning import Problem, Route


def best_rank(problem: Problem) -> tuple[int, int]:
    """The smallest rank that any plan has."""
    rounds = Rounds(problem)
    visits = range(len(problem.visits))
    crew = range(len(problem.crew))
    cheapest = {
        (member, chosen): _cheapest(problem, rounds, member, chosen)
        for member in crew
        for chosen in {tuple(v for v, who in zip(visits, shares, strict=True) if who == member)
                       for shares in product([*crew, -1], repeat=len(visits))}
    }  # fmt: skip
    ranks = []
    for shares in product([*crew, -1], repeat=len(visits)):
        chosen = [tuple(v for v, who in zip(visits, shares, strict=True) if who == m) for m in crew]
        routes = [cheapest[member, chosen[member]] for member in crew]
        if all(found is not None for found in routes):
            left = [v for v, who in zip(visits, shares, strict=True) if who < 0]
            ranks.append(objective(problem, [route for found in routes for route in found], left).rank)
    return min(ranks)


def _cheapest(problem: Problem, rounds: Rounds, member: int, chosen: Sequence[int]) -> list[Route] | None:
    """The cheapest round of these visits: no route if there is nothing to do, None if there is no round."""
    booked = rounds.booked(member)
    if not chosen:
        route = rounds.timed(member, booked)
        return [] if route is None else [route]
    routes = [
        route
        for steps in _orders(problem, chosen, booked)
        if not rounds.broken(member, steps) and (route := rounds.timed(member, steps)) is not None
    ]
    best = min(routes, key=lambda route: objective(problem, [route], ()).total, default=None)
    return None if best is None else [best]


def _orders(problem: Problem, chosen: Sequence[int], booked: Sequence[int]) -> Iterator[tuple[int, ...]]:
    stops = [[], [-1]] if problem.restock is not None else [[]]
    for stop in stops:
        for steps in permutations([*chosen, *booked, *stop]):
            if tuple(step for step in steps if step < -1) == tuple(booked):
                yield steps

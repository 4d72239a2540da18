"""Who can take a visit at all, whatever else they do: the hard rules of a planning problem that know no time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hosanna_core.model.planning import RESTOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.planning import Member, Problem, Step, Visit

Refusal = tuple[str, tuple[str, ...]]
"""The name of a rule, and what is lacking."""


def refusal(problem: Problem, member: int, visit: Visit) -> Refusal | None:
    """The first rule that keeps a member from ever taking a visit; None: there is none."""
    mine = problem.crew[member]
    if visit.pin is not None and visit.pin.member != member:
        return "pinned", ()
    if visit.members is not None and member not in visit.members:
        return "eligible", ()
    if not visit.skills <= mine.skills:
        return "skills", tuple(sorted(visit.skills - mine.skills))
    if problem.restock is None and (lacking := _lacking(mine, visit)):
        return "stock", lacking
    if mine.capacity is not None and visit.demand > mine.capacity:
        return "capacity", ()
    if mine.most is not None and len(mine.booked) >= mine.most:
        return "most", ()
    return None


def demands(visit: Visit) -> object:
    """All of a visit that `refusal` asks for: of two visits that demand the same it says the same."""
    parts = tuple(sorted(visit.parts.items()))
    return visit.skills, visit.members, visit.demand, visit.tools, parts, visit.pin


def overdone(problem: Problem, member: int, steps: Sequence[Step]) -> tuple[str, ...]:
    """The rules about a whole round that it breaks: too many visits, too heavy a load, tools or parts not there."""
    mine = problem.crew[member]
    visits = [problem.visits[step] for step in steps if step >= 0]
    rules = []
    if mine.most is not None and visits and len(visits) + len(mine.booked) > mine.most:
        rules.append("most")
    if mine.capacity is not None and sum(visit.demand for visit in visits) > mine.capacity:
        rules.append("capacity")
    if not stocked(problem, mine, steps):
        rules.append("stock")
    return tuple(rules)


def stocked(problem: Problem, mine: Member, steps: Sequence[Step]) -> bool:
    """Whether the tools and parts are there at every visit, with one stop to restock at most.

    >>> from hosanna_core.model.planning import Member, Problem, Restock, Visit, Weights
    >>> ann = Member(start=0, end=0, shifts=(), parts={"fuse": 1})
    >>> visit = Visit(place=0, duration=1, parts={"fuse": 1})
    >>> depot = Restock(place=0)
    >>> problem = Problem(times=[[0]], crew=(ann,), visits=(visit, visit), weights=Weights(), restock=depot)
    >>> stocked(problem, ann, (0, 1)), stocked(problem, ann, (0, RESTOCK, 1)), stocked(problem, ann, (0, 1, RESTOCK))
    (False, True, False)
    """
    stops = sum(step == RESTOCK for step in steps)
    if stops > (problem.restock is not None):
        return False
    taken: Counter[str] = Counter()
    for step in steps:
        if step == RESTOCK:
            return True
        if step >= 0:
            visit = problem.visits[step]
            taken.update(visit.parts)
            if not visit.tools <= mine.tools:
                return False
            if any(taken[part] > mine.parts.get(part, 0) for part in visit.parts):
                return False
    return True


def _lacking(mine: Member, visit: Visit) -> tuple[str, ...]:
    parts = (part for part, count in visit.parts.items() if count > mine.parts.get(part, 0))
    return (*sorted(visit.tools - mine.tools), *sorted(parts))

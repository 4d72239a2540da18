"""A planning problem laid out for a search that looks at the same numbers millions of times.

A *node* is whatever can stand in a tour: the visits by their positions, then the place to restock at, then every booked
visit, then the places where tours begin and end. All times are read by the clock of the member who makes the tour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.planning import RESTOCK, booked_position
from hosanna_core.rules.assignment.eligibility import demands, refusal
from hosanna_core.rules.assignment.routes import Rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.planning import Matrix, Problem, Step
    from hosanna_core.rules.assignment.routes import Beginnings

NEVER: Final = -(10**15)
NEIGHBOURS: Final = 250
"""So many of the nearest visits count as near; in a small problem that is all of them."""


class Rows(dict[int, list[int]]):
    """A matrix over nodes, each row made when it is first asked for."""

    def __init__(self, parts: Sequence[tuple[int, Matrix]], places: Sequence[int]) -> None:
        super().__init__()
        one, *others = parts
        for weight, matrix in others:
            # Where the distances are the times the same matrix comes twice.
            if matrix is one[1]:
                one = one[0] + weight, matrix
        rest = [part for part in others if part[1] is not one[1]]
        self._parts = [part for part in (one, *rest) if part[0]]
        self._places = places

    def __missing__(self, node: int) -> list[int]:
        place, places = self._places[node], self._places
        made = [0] * len(places)
        for number, (weight, matrix) in enumerate(self._parts):
            row = matrix[place]
            if number:
                made = [so_far + weight * row[other] for so_far, other in zip(made, places, strict=True)]
            else:
                made = [row[other] if weight == 1 else weight * row[other] for other in places]
        self[node] = made
        return made


class Clocked(msgspec.Struct, frozen=True):
    """What the nodes are to the members of one clock: when they may begin at the earliest and at the latest.

    *choices* are all moments where these are not one stretch; None where they are.
    """

    opens: int
    closes: int
    first: list[int]
    last: list[int]
    choices: list[Beginnings | None]


class Ground:
    """The layout of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rounds = Rounds(problem)
        self.visits = len(problem.visits)
        self._lay_nodes()
        distances = self.rounds.distances
        weights = problem.weights
        self.times = Rows([(1, problem.times)], self.places)
        self.legs = self.times
        if (weights.travel, weights.distance) != (1, 0):
            self.legs = Rows([(weights.distance, distances), (weights.travel, problem.times)], self.places)
        self.legs_cost = bool(weights.distance or weights.travel)
        self.work = [weights.work + member.work for member in problem.crew]
        self.used = [weights.crew + member.used for member in problem.crew]
        self.soft = [visit.soft for visit in problem.visits]
        self.softly = any(self.soft)
        self._lay_clocks()
        self._lay_crew()
        self.missing = self._price_of_missing()
        self.penalties = [self.missing if v.penalty is None else v.penalty for v in problem.visits]
        self._near: dict[int, list[int]] = {}
        self._order()

    def _lay_nodes(self) -> None:
        problem = self.problem
        steps: list[Step] = list(range(self.visits))
        self.places = [visit.place for visit in problem.visits]
        self.durations = [visit.duration for visit in problem.visits]
        self.depot = None
        if problem.restock is not None:
            self.depot = len(steps)
            steps.append(RESTOCK)
            self.places.append(problem.restock.place)
            self.durations.append(problem.restock.duration)
        self.shared = len(steps)
        self.booked: list[tuple[int, ...]] = []
        for member, mine in enumerate(problem.crew):
            order = self.rounds.booked(member)
            self.booked.append(tuple(range(len(steps), len(steps) + len(order))))
            steps += order
            self.places += [mine.booked[booked_position(step)].place for step in order]
            self.durations += [mine.booked[booked_position(step)].duration for step in order]
        self.steps = steps
        ends: dict[int, int] = {}
        for mine in problem.crew:
            for place in (mine.start, mine.end):
                if place not in ends:
                    ends[place] = len(self.places)
                    self.places.append(place)
        self.starts = [ends[mine.start] for mine in problem.crew]
        self.ends = [ends[mine.end] for mine in problem.crew]

    def _lay_clocks(self) -> None:
        shared: dict[object, Clocked] = {}
        self.clocked: list[Clocked | None] = []
        pinned = {visit.pin.member for visit in self.problem.visits if visit.pin is not None}
        for member, clock in enumerate(self.rounds.clocks):
            key = (clock, member if member in pinned or self.booked[member] else None)
            if clock is not None and key not in shared:
                shared[key] = self._clocked(member, clock.opens, clock.closes)
            self.clocked.append(None if clock is None else shared[key])
        self._clocks = list(shared.values())
        # Where nobody has booked anything and everybody has one choice for all, tours are made the quick way.
        self.plain = [
            clocked is not None and not booked and not any(clocked.choices)
            for clocked, booked in zip(self.clocked, self.booked, strict=True)
        ]

    def _clocked(self, member: int, opens: int, closes: int) -> Clocked:
        many = len(self.steps)
        first, last = [0] * many, [NEVER] * many
        choices: list[Beginnings | None] = [None] * many
        for node in (*range(self.shared), *self.booked[member]):
            found = self.rounds.beginnings(member, self.steps[node])
            if len(found) == 1:
                first[node], last[node], _ = found[0]
            elif found:
                first[node], last[node] = found[0][0], max(end for _, end, _ in found)
                choices[node] = found
        return Clocked(opens, closes, first, last, choices)

    def _lay_crew(self) -> None:
        problem = self.problem
        known: dict[object, tuple[int, ...]] = {}
        self.able: list[tuple[int, ...]] = []
        for node, visit in enumerate(problem.visits):
            key = demands(visit)
            if key not in known:
                known[key] = tuple(
                    member
                    for member in range(len(problem.crew))
                    if self.clocked[member] is not None and refusal(problem, member, visit) is None
                )
            self.able.append(tuple(member for member in known[key] if self._reaches(member, node)))
        personal = any(visit.members is not None or visit.soft or visit.pin for visit in problem.visits)
        kinds: dict[object, int] = {}
        self.kinds = [
            kinds.setdefault(
                member if personal or mine.booked else msgspec.json.encode(mine, order="deterministic"),
                member,
            )
            for member, mine in enumerate(problem.crew)
        ]
        self.bounded = [mine.capacity is not None or mine.most is not None for mine in problem.crew]
        self.needs = [bool(visit.tools or visit.parts) for visit in problem.visits]
        self.stocks = any(self.needs)
        self.parts = [tuple(visit.parts.items()) for visit in problem.visits]
        tooled = [(node, visit.tools) for node, visit in enumerate(problem.visits) if visit.tools]
        # What they cannot do before they have restocked, whatever they have used up.
        self.untooled = [
            frozenset(node for node, tools in tooled if not tools <= mine.tools) for mine in problem.crew
        ]

    def _reaches(self, member: int, node: int) -> bool:
        """Whether there is time for it straight from home; who has booked a visit may be near it sooner."""
        clocked = self.clocked[member]
        if clocked is None:
            return False
        if self.booked[member]:
            return clocked.last[node] > NEVER
        return clocked.opens + self.times[self.starts[member]][node] <= clocked.last[node]

    def _price_of_missing(self) -> int:
        """More than all else together can cost."""
        problem = self.problem
        weights = problem.weights
        longest = max((max(row) for row in _sample(problem.times)), default=0)
        farthest = max((max(row) for row in _sample(self.rounds.distances)), default=0)
        legs = 2 * self.visits + 2 * len(problem.crew) + 2
        hours = sum(
            (clocked.closes - clocked.opens + 2 * longest) * work
            for clocked, work in zip(self.clocked, self.work, strict=True)
            if clocked is not None
        )
        soft = sum(max(map(abs, visit.soft.values()), default=0) for visit in problem.visits)
        penalties = sum(visit.penalty or 0 for visit in problem.visits)
        legs_cost = legs * (weights.travel * longest + weights.distance * farthest)
        return 1 + 2 * (legs_cost + hours + sum(self.used) + soft + penalties)

    def _order(self) -> None:
        """What visits are put in order by."""
        first = [[c.first[v] for c in self._clocks] or [0] for v in range(self.visits)]
        last = [[c.last[v] for c in self._clocks] or [0] for v in range(self.visits)]
        self.earliest = [min(moments) for moments in first]
        self.latest = [max(moments) for moments in last]
        self.widths = [b - a for a, b in zip(self.earliest, self.latest, strict=True)]
        starts = sorted(set(self.starts))
        self.remote = [min((self.times[start][v] for start in starts), default=0) for v in range(self.visits)]
        self.masks = [sum(1 << member for member in able) for able in self.able]

    def near(self, visit: int) -> list[int]:
        """The visits nearest to one, itself first."""
        found = self._near.get(visit)
        if found is None:
            row = self.times[visit]
            found = sorted(range(self.visits), key=row.__getitem__)[:NEIGHBOURS]
            if visit in found:
                found.remove(visit)
            found.insert(0, visit)
            self._near[visit] = found
        return found


def _sample(matrix: Matrix) -> Matrix:
    """Rows enough to know how far things are; all of them where that is quickly done."""
    return (
        matrix
        if len(matrix) <= 500
        else [matrix[place] for place in range(0, len(matrix), len(matrix) // 50)]
    )

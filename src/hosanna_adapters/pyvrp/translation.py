"""A planning problem in the words of PyVRP, and its solutions as orders.

Skills, pins and whom a visit may go to become ways that a profile forbids; a visit without a penalty that is
known to be servable is required, any other one has its penalty as a prize; several slots become clients of
which one is enough; parts, `most` and `capacity` become loads. Breaks are no matter where all have the same:
times are then read by the clock that stands still in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pyvrp import Client, ClientGroup, Depot, Location, ProblemData, Route, Solution, VehicleType

from hosanna_core.rules.assignment.eligibility import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hosanna_core.model.planning import Matrix, Member, Plan, Step, Stop
    from hosanna_core.rules.assignment.routes import Rounds

LARGEST: Final = 30_000_000
"""Numbers in all matrices together beyond which a problem is not translated: half a gigabyte."""
UNBOUNDED: Final = 1_000_000
"""More than anybody can carry."""
ENDLESS: Final = 10**12
"""A time that never comes."""


def helps(rounds: Rounds) -> bool:
    """Whether PyVRP can say anything about a problem that the built-in planner does not say sooner.

    It cannot where nobody works or members have breaks of their own; where stops to restock decide, it takes more time
    than it is worth; and a huge problem would take more memory than that, with a profile for everybody.
    """
    problem = rounds.problem
    clocks = {clock for clock in rounds.clocks if clock is not None}
    if (
        not problem.visits
        or not clocks
        or (len(clocks) > 1 and any(len(clock.spans) > 1 for clock in clocks))
    ):
        return False
    if problem.restock is not None and any(visit.tools or visit.parts for visit in problem.visits):
        return False
    nodes = len(problem.visits) + sum(len(member.booked) for member in problem.crew) + 2 * len(problem.crew)
    return nodes * nodes * 2 * len(problem.crew) <= LARGEST


class Translation:
    """One problem. *complete*: whether all visits without a penalty are known to be servable together."""

    def __init__(self, rounds: Rounds, *, complete: bool) -> None:
        self._rounds, self._problem = rounds, rounds.problem
        self._stops: list[tuple[int | None, Step]] = [
            (None, visit) for visit in range(len(self._problem.visits))
        ]
        self._stops += [
            (member, step) for member in range(len(self._problem.crew)) for step in rounds.booked(member)
        ]
        self._working = [m for m, clock in enumerate(rounds.clocks) if clock is not None]
        clocks = {clock for clock in rounds.clocks if clock is not None}
        self._shared = len(clocks) == 1
        self._origin = min(clock.opens for clock in clocks)
        self._lay_places()
        self._offsets = [max(0, *(-cost for cost in v.soft.values()), 0) for v in self._problem.visits]
        self._parts = sorted({part for visit in self._problem.visits for part in visit.parts})
        self._lay_crew()
        self._clients: list[Client] = []
        self._groups: list[ClientGroup] = []
        self._told: list[tuple[int, int, int]] = []
        for number in range(len(self._stops)):
            self._add_clients(number, complete=complete)
        self.data = ProblemData(
            [Location(0, 0) for _ in self._places],
            self._clients,
            self._depots,
            self._types,
            self._distances,
            self._durations,
            self._groups,
        )

    def _lay_places(self) -> None:
        self._places = [self._rounds.place_of(member or 0, step)[0] for member, step in self._stops]
        ends = sorted({end for m in self._problem.crew for end in (m.start, m.end)})
        self._depots = [Depot(len(self._places) + number) for number in range(len(ends))]
        self._depot_of = {place: number for number, place in enumerate(ends)}
        self._places += ends

    def _add_clients(self, number: int, *, complete: bool) -> None:
        member, step = self._stops[number]
        _, duration = self._rounds.place_of(member or 0, step)
        slots = self._slots(number)
        wanted = self._problem.visits[step] if step >= 0 else None
        required = wanted is None or (wanted.penalty is None and complete)
        prize = 0
        if wanted is not None and not required:
            price = self._dearest() if wanted.penalty is None else wanted.penalty
            prize = price + self._offsets[step]
        group = None
        if len(slots) > 1:
            group = len(self._groups)
            first = len(self._clients)
            self._groups.append(ClientGroup(list(range(first, first + len(slots))), required))
        for opens, closes in slots:
            self._told.append((number, opens, closes))
            self._clients.append(
                Client(
                    number,
                    pickup=self._load(number),
                    service_duration=duration,
                    tw_early=opens,
                    tw_late=closes,
                    prize=prize,
                    required=required and group is None,
                    group=group,
                )
            )

    def _dearest(self) -> int:
        """More than it costs to put any visit into any tour."""
        legs = 2 * max(int(matrix.max()) for matrix in self._distances)
        return (
            1
            + legs
            + max(
                kind.fixed_cost + kind.unit_duration_cost * (kind.tw_late - kind.tw_early)
                for kind in self._types
            )
        )

    def _slots(self, number: int) -> list[tuple[int, int]]:
        """When a stop may begin, whoever makes it; one that cannot be for nobody."""
        member, step = self._stops[number]
        if member is not None or self._shared:
            found = self._rounds.beginnings(self._working[0] if member is None else member, step)
            slots = [(self._at(first), self._at(last)) for first, last, _ in found]
        else:
            visit = self._problem.visits[step]
            told = visit.slots if visit.pin is None or visit.pin.start is None else ()
            slots = [(self._at(slot.first), self._at(slot.last)) for slot in told]
            if visit.pin is not None and visit.pin.start is not None:
                slots = [(self._at(visit.pin.start),) * 2]
        return slots or [(0, ENDLESS)]

    def _at(self, reading: int) -> int:
        """A reading as PyVRP takes it: there is nothing before 0."""
        return min(max(reading - self._origin, 0), ENDLESS)

    def _load(self, number: int) -> list[int]:
        """What a stop takes up: its demand, one of `most`, and parts."""
        _, step = self._stops[number]
        if step < 0:
            return [0, 1, *(0 for _ in self._parts)]
        visit = self._problem.visits[step]
        return [visit.demand, 1, *(visit.parts.get(part, 0) for part in self._parts)]

    def _lay_crew(self) -> None:
        self._profiles: dict[object, int] = {}
        # PyVRP's own types for them are not those of numpy.
        self._distances: list[Any] = []
        self._durations: list[Any] = []
        self._types: list[VehicleType] = []
        self._members: list[list[int]] = []
        kinds: dict[object, int] = {}
        for member in self._working:
            mine = self._problem.crew[member]
            profile = self._profile(member)
            carried = tuple(sorted(mine.parts.items()))
            kind = (
                profile,
                mine.start,
                mine.end,
                mine.shifts,
                mine.capacity,
                mine.most,
                mine.used,
                mine.work,
                carried,
            )
            if kind in kinds:
                self._members[kinds[kind]].append(member)
                continue
            kinds[kind] = len(self._members)
            self._members.append([member])
            self._types.append(self._type(member, mine, profile))
        self._types = [
            kind.replace(num_available=len(members))
            for kind, members in zip(self._types, self._members, strict=True)
        ]

    def _type(self, member: int, mine: Member, profile: int) -> VehicleType:
        clock = self._rounds.clocks[member]
        assert clock is not None  # noqa: S101  # only those who work are asked for
        weights = self._problem.weights
        return VehicleType(
            capacity=[
                UNBOUNDED if mine.capacity is None else mine.capacity,
                UNBOUNDED if mine.most is None else max(mine.most, len(mine.booked)),
                *(mine.parts.get(part, 0) for part in self._parts),
            ],
            start_depot=self._depot_of[mine.start],
            end_depot=self._depot_of[mine.end],
            fixed_cost=weights.crew + mine.used,
            tw_early=self._at(clock.opens),
            tw_late=self._at(clock.closes),
            unit_distance_cost=1,
            unit_duration_cost=weights.work + mine.work,
            profile=profile,
        )

    def _profile(self, member: int) -> int:
        """The profile of what a member may do, and what it costs with them beside the way."""
        problem = self._problem
        closed = tuple(
            (whose is not None and whose != member)
            or (step >= 0 and not self._rounds.beginnings(member, step))
            or (step >= 0 and refusal(problem, member, problem.visits[step]) is not None)
            for whose, step in self._stops
        )
        soft = tuple(
            self._offsets[step] + problem.visits[step].soft.get(member, 0) if step >= 0 else 0
            for _, step in self._stops
        )
        key = closed, soft
        if key not in self._profiles:
            self._profiles[key] = len(self._distances)
            self._lay_matrices(np.array(closed, dtype=bool), np.array(soft, dtype=np.int64))
        return self._profiles[key]

    def _lay_matrices(self, closed: NDArray[np.bool_], soft: NDArray[np.int64]) -> None:
        weights = self._problem.weights
        times = self._matrix(self._problem.times)
        distances = weights.distance * self._matrix(self._rounds.distances) + weights.travel * times
        many = len(self._stops)
        distances[:, :many] += soft
        latest = max(self._at(clock.closes) for clock in self._rounds.clocks if clock is not None)
        for matrix in (times, distances):
            np.fill_diagonal(matrix, 0)
        forbidden = np.flatnonzero(closed)
        times[:, forbidden] = times[forbidden, :] = 4 * max(latest, 1) + int(times.max())
        np.fill_diagonal(times, 0)
        self._distances.append(distances)
        self._durations.append(times)

    def _matrix(self, matrix: Matrix) -> NDArray[np.int64]:
        rows = np.array([list(matrix[place]) for place in self._places], dtype=np.int64)
        return rows[:, self._places]

    def solution(self, plan: Plan) -> Solution:
        """A plan as PyVRP knows it."""
        kinds = {member: number for number, members in enumerate(self._members) for member in members}
        routes = [
            Route(self.data, self._clients_of(route.member, route.stops), kinds[route.member])
            for route in plan.routes
            if route.member in kinds
        ]
        return Solution(self.data, routes)

    def _clients_of(self, member: int, stops: Iterable[Stop]) -> list[int]:
        clock = self._rounds.clocks[member]
        places = {(whose, step): number for number, (whose, step) in enumerate(self._stops)}
        found = []
        for stop in stops:
            number = places[None if stop.step >= 0 else member, stop.step]
            start = self._at(stop.start if clock is None else clock.reading(stop.start))
            found.append(
                next(
                    client
                    for client, (other, opens, closes) in enumerate(self._told)
                    if other == number and opens <= start <= closes
                )
            )
        return found

    def orders(self, solution: Solution) -> dict[int, list[Step]]:
        """What a solution says, by member."""
        free = [list(reversed(members)) for members in self._members]
        orders: dict[int, list[Step]] = {}
        for route in solution.routes():
            clients = [activity.idx for activity in route.schedule() if activity.is_client()]
            stops = [self._stops[self._told[client][0]] for client in clients]
            whose = next((member for member, _ in stops if member is not None), None)
            kind = free[route.vehicle_type()]
            member = kind.pop() if whose is None or whose not in kind else whose
            orders[member] = [step for _, step in stops]
        return orders

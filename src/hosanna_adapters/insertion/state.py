"""A plan while it is being looked for: a tour for everybody, and the visits that are in none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.gaps import NOWHERE, cheapest, settled, taken, without
from hosanna_adapters.insertion.scanning import INFINITE
from hosanna_adapters.insertion.tours import Tour, make

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from random import Random

    from hosanna_adapters.insertion.gaps import Gap
    from hosanna_adapters.insertion.ground import Ground
    from hosanna_core.model.planning import Step

BLINK: Final = 0.01
"""How often a better tour is not seen: it makes the search look elsewhere."""
IDLE: Final = 10
"""So many who have no visit yet are asked beside these, the nearest."""
MANY_MEMBERS: Final = 60
"""Of more members than that only the near ones are asked."""


class State:
    """Tours by member; `whose` says for each visit who has it, -1 for nobody."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.tours: dict[int, Tour] = {}
        self.whose = [-1] * ground.visits
        self.absent: set[int] = set(range(ground.visits))
        self.cost = sum(ground.penalties)
        for member, booked in enumerate(ground.booked):
            if ground.clocked[member] is not None:
                tour = make(ground, member, list(booked))
                if tour is not None:
                    self.tours[member] = tour
                    self.cost += tour.cost
        self.undo: dict[int, Tour] | None = None
        self.moved: dict[int, int] = {}

    def begin(self) -> None:
        """From here on `back` undoes all changes."""
        self.undo, self.moved, self._cost = {}, {}, self.cost

    def back(self) -> None:
        """As it was when it began."""
        for member, tour in (self.undo or {}).items():
            self.tours[member] = tour
        for visit, member in self.moved.items():
            self._set(visit, member)
        self.cost = self._cost
        self.undo = None

    def _set(self, visit: int, member: int) -> None:
        self.whose[visit] = member
        if member < 0:
            self.absent.add(visit)
        else:
            self.absent.discard(visit)

    def put(self, tour: Tour) -> None:
        """This tour in place of its member's."""
        member = tour.member
        old = self.tours[member]
        if self.undo is not None:
            self.undo.setdefault(member, old)
        self.cost += tour.cost - old.cost
        self.tours[member] = tour

    def move(self, visit: int, member: int) -> None:
        """The visit is *member*'s now, -1 for nobody's; the tours are changed beside."""
        before = self.whose[visit]
        if self.undo is not None:
            self.moved.setdefault(visit, before)
        if (before < 0) != (member < 0):
            penalty = self.ground.penalties[visit]
            self.cost += penalty if member < 0 else -penalty
        self._set(visit, member)

    def remove(self, member: int, gone: Collection[int]) -> None:
        """Take visits out of a tour; all of them, should the rest not do without them."""
        tour = without(self.ground, self.tours[member], gone)
        if tour is None:
            tour = make(self.ground, member, list(self.ground.booked[member]))
            gone = [node for node in self.tours[member].nodes if node < self.ground.visits]
        if tour is not None:  # what is booked can always be made
            self.put(tour)
        for visit in gone:
            self.move(visit, -1)

    def best_gap(
        self, visit: int, random: Random | None = None, members: Iterable[int] | None = None
    ) -> tuple[int, Gap]:
        """Who takes a visit the cheapest, and where; a member of -1 if nobody can."""
        ground, tours = self.ground, self.tours
        best, who = NOWHERE, -1
        tried: set[int] = set()
        kinds = ground.kinds
        for member in ground.able[visit] if members is None else members:
            tour = tours[member]
            if not tour.nodes:
                if kinds[member] in tried:
                    continue
                tried.add(kinds[member])
            gap = tour.cache.get(visit)
            if gap is None:
                gap = tour.cache[visit] = cheapest(ground, tour, visit)
            if gap[0] < best[0] and (random is None or random.random() >= BLINK):
                best, who = gap, member
        return who, best

    def two_best(self, visit: int) -> tuple[tuple[int, Gap], float]:
        """Who takes a visit the cheapest, where, and what it costs with the second best."""
        best, second, who = NOWHERE, INFINITE, -1
        tried: set[int] = set()
        for member in self.ground.able[visit]:
            tour = self.tours[member]
            if not tour.nodes:
                if self.ground.kinds[member] in tried:
                    continue
                tried.add(self.ground.kinds[member])
            gap = tour.cache.get(visit)
            if gap is None:
                gap = tour.cache[visit] = cheapest(self.ground, tour, visit)
            if gap[0] < best[0]:
                best, second, who = gap, best[0], member
            elif gap[0] < second:
                second = gap[0]
        return (who, best), second

    def offer(self, member: int, visit: int) -> Gap:
        """Where a visit comes into a member's tour the cheapest; `NOWHERE` if they cannot take it."""
        if not self.ground.masks[visit] >> member & 1:
            return NOWHERE
        tour = self.tours[member]
        gap = tour.cache.get(visit)
        if gap is None:
            gap = tour.cache[visit] = cheapest(self.ground, tour, visit)
        return gap

    def asked(self, visit: int, most: int = MANY_MEMBERS) -> Sequence[int]:
        """Who is asked whether they take a visit: everybody, or of many those who are near, *most* of them."""
        able = self.ground.able[visit]
        if len(able) <= MANY_MEMBERS:
            return able
        row, starts = self.ground.times[visit], self.ground.starts
        tours, booked = self.tours, self.ground.booked
        # Who has nothing but what is booked waits for a first visit, too.
        waiting = (m for m in able if len(tours[m].nodes) == len(booked[m]))
        idle = sorted(waiting, key=lambda m: row[starts[m]])[:IDLE]
        near = dict.fromkeys(self.whose[other] for other in self.ground.near(visit))
        may = set(able)
        return [*[member for member in near if member in may][:most], *idle]

    def allows(self, member: int, visits: Sequence[int]) -> bool:
        """Whether the member may have so many, and can carry so much."""
        mine, wanted = self.ground.problem.crew[member], self.ground.problem.visits
        if mine.most is not None and len(visits) + len(mine.booked) > mine.most:
            return False
        return mine.capacity is None or sum(wanted[visit].demand for visit in visits) <= mine.capacity

    def orders(self) -> dict[int, list[Step]]:
        """By member, the steps of those who do anything."""
        steps = self.ground.steps
        return {
            member: [steps[node] for node in tour.nodes] for member, tour in self.tours.items() if tour.nodes
        }

    def insert(self, visit: int, member: int, gap: Gap) -> bool:
        """Put a visit into that gap; False if it does not go in after all."""
        tour = taken(self.ground, self.tours[member], visit, gap)
        if tour is None:
            self.tours[member].cache[visit] = NOWHERE
            return False
        self.put(tour)
        self.move(visit, member)
        return True

    def settle(self, members: Iterable[int]) -> None:
        """Look where these members restock the cheapest."""
        for member in members:
            tour = self.tours[member]
            if tour.restocked >= 0:
                better = settled(self.ground, member, tour.nodes)
                if better is not None and better.cost < tour.cost:
                    self.put(better)

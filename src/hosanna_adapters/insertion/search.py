"""Ruin and recreate: take strings of neighbouring visits out, put them back greedily, and cool down.

After Christiaens and Vanden Berghe, "Slack induction by string removals for vehicle routing problems" (2020).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.exchange import exchanged

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from hosanna_adapters.insertion.state import State
    from hosanna_adapters.insertion.tours import Tour

REMOVED: Final = 10
"""So many visits are taken out in the mean."""
LONGEST: Final = 10
"""So many of one tour at most."""
SPLIT: Final = 0.5
"""How often a string keeps some visits in its middle."""
TRIED: Final = 12
"""So many of the visits that nobody has are tried again with those taken out, the near ones."""
FEW: Final = 30
"""So many visits that nobody has are looked after one by one."""
HOT: Final = 1.0
"""The temperature at the beginning, as a share of what a visit costs in the mean, its service aside."""
COLD: Final = (0.05, 0.2)
"""The temperature at the end, in a hurry and with time to spare: who has less time must settle sooner."""
SPARE: Final = 40
"""With so many rounds a visit there is time to spare."""
EXCHANGES: Final = 40
"""So many times in between two members try to exchange the rests of their tours."""


class Search:
    """The cooling, and the best plan met."""

    def __init__(self, state: State, random: Random) -> None:
        self.state, self.random = state, random
        self.best_cost = state.cost
        self.best = dict(state.tours)
        self.best_whose = list(state.whose)
        self.rounds = 0

    def run(self, share: Callable[[], float]) -> None:
        """Go on until *share* of what may be used up is 1."""
        state, random = self.state, self.random
        if not state.whose:
            return
        usual = max(self._usual(), 1e-9)
        over = share()
        while over < 1:
            temperature = usual * HOT * (self._cold(over) / HOT) ** over
            before = state.cost
            state.begin()
            self._ruin()
            self._recreate()
            worse = state.cost - before
            if worse > 0 and worse >= -temperature * math.log(1 - random.random()):
                state.back()
            elif state.cost < self.best_cost:
                self._keep()
            for _ in range(EXCHANGES):
                self._exchange(temperature)
            self.rounds += 1
            over = share()
        self.restore()

    def _usual(self) -> float:
        """What a visit costs in the mean, without the time that its service takes anyway."""
        ground = self.state.ground
        served = [(visit, member) for visit, member in enumerate(self.state.whose) if member >= 0]
        constant = sum(ground.work[member] * ground.durations[visit] for visit, member in served)
        return (sum(tour.cost for tour in self.state.tours.values()) - constant) / max(len(served), 1)

    def _cold(self, over: float) -> float:
        """How cold it shall be at the end, by the rounds that there will be at this pace."""
        rounds = self.rounds / over if over > 0 else 0.0
        hurried, spare = COLD
        return hurried + (spare - hurried) * min(1.0, rounds / (SPARE * len(self.state.whose)))

    def _exchange(self, temperature: float) -> None:
        state = self.state
        allowed = -temperature * math.log(1 - self.random.random())
        pair = exchanged(state, self.random, allowed)
        if pair is None:
            return
        worse = sum(tour.cost - state.tours[tour.member].cost for tour in pair)
        if worse > 0 and worse >= allowed:
            return
        state.undo = None
        for tour in pair:
            state.put(tour)
            for node in tour.nodes:
                if node < state.ground.visits:
                    state.whose[node] = tour.member
        if state.cost < self.best_cost:
            self._keep()

    def _keep(self) -> None:
        self.best_cost = self.state.cost
        self.best = dict(self.state.tours)
        self.best_whose = list(self.state.whose)

    def restore(self) -> None:
        """Back to the best plan."""
        state = self.state
        state.tours = dict(self.best)
        state.whose = list(self.best_whose)
        state.absent = {visit for visit, member in enumerate(state.whose) if member < 0}
        state.cost = self.best_cost
        state.undo = None

    def _ruin(self) -> None:
        state, random = self.state, self.random
        many = len(state.whose) - len(state.absent)
        used = sum(1 for tour in state.tours.values() if tour.nodes) or 1
        longest = max(1.0, min(LONGEST, many / used))
        most = max(1.0, 4 * REMOVED / (1 + longest) - 1)
        strings = int(random.uniform(1, most + 1))
        seed = self._seed()
        ruined: set[int] = set()
        self._extra: list[int] = []
        for visit in state.ground.near(seed):
            member = state.whose[visit]
            if member < 0:
                if len(self._extra) < TRIED and visit not in state.moved:
                    self._extra.append(visit)
            elif member not in ruined:
                ruined.add(member)
                state.remove(member, self._string(state.tours[member], visit, longest))
                if len(ruined) >= strings:
                    break

    def _seed(self) -> int:
        """Round which visit is ruined: often round one that nobody has, where these are few."""
        absent = self.state.absent
        if absent and len(absent) <= FEW and self.random.random() < 0.5:
            return self.random.choice(sorted(absent))
        return self.random.randrange(len(self.state.whose))

    def _string(self, tour: Tour, visit: int, longest: float) -> list[int]:
        """A string of visits of a tour that contains this one."""
        random = self.random
        nodes = [node for node in tour.nodes if node < self.state.ground.visits]
        length = int(random.uniform(1, min(len(nodes), longest) + 1))
        at = nodes.index(visit)
        kept = 0
        if 1 < length < len(nodes) and random.random() < SPLIT:
            kept = 1
            while length + kept < len(nodes) and random.random() > 0.01 and random.random() < 0.5:
                kept += 1
        whole = length + kept
        start = random.randint(max(0, at - whole + 1), min(at, len(nodes) - whole))
        string = nodes[start : start + whole]
        if kept:
            gap = random.randint(1, length - 1)
            string = string[:gap] + string[gap + kept :]
        return string

    def _recreate(self) -> None:
        state, random = self.state, self.random
        gone = [visit for visit, member in state.moved.items() if member >= 0 and state.whose[visit] < 0]
        for visit in self._order(gone + self._extra):
            who, gap = state.best_gap(visit, random, state.asked(visit))
            if who >= 0 and gap[0] < state.ground.penalties[visit]:
                state.insert(visit, who, gap)
        if state.ground.depot is not None:
            state.settle(list(state.undo or ()))

    def _order(self, visits: list[int]) -> list[int]:
        random, ground = self.random, self.state.ground
        random.shuffle(visits)
        draw = random.random()
        wanted = ground.problem.visits
        if draw < 0.3:
            return visits
        if draw < 0.45:
            return sorted(visits, key=lambda v: -wanted[v].demand - len(wanted[v].tools))
        if draw < 0.6:
            return sorted(visits, key=lambda v: len(ground.able[v]))
        if draw < 0.75:
            return sorted(visits, key=ground.widths.__getitem__)
        if draw < 0.85:
            return sorted(visits, key=ground.earliest.__getitem__)
        if draw < 0.9:
            return sorted(visits, key=ground.earliest.__getitem__, reverse=True)
        return sorted(visits, key=ground.remote.__getitem__, reverse=draw < 0.96)

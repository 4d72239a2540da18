"""One member's round: whether it breaks a hard rule, when everything happens in it, and what a plan of rounds costs.

A leg straight from one booked visit to the next, or between one and where the round begins or ends, is as somebody has
booked it: it may be short of time. Every other leg is judged.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from hosanna_core.model.planning import RESTOCK, Objective, Route, Stop, booked_position, booked_step
from hosanna_core.rules.assignment.eligibility import overdone, refusal
from hosanna_core.rules.assignment.workclock import clock_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.planning import Problem, Restock, Slot, Step, Visit
    from hosanna_core.rules.assignment.workclock import WorkClock

Beginnings = tuple[tuple[int, int, int], ...]
"""When a service may begin, by the member's clock: (first, last, what the clock is behind)."""
_Gap = tuple[int, int, int, int]
"""When somebody is free, the place where they are, the next place, and when they are due there."""


class Rounds:
    """The rounds that the members of a problem can make. It never changes; what it worked out it keeps."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.clocks = tuple(clock_of(member) for member in problem.crew)
        alike: dict[tuple[tuple[Slot, ...], int], int] = {}
        self._alike = [alike.setdefault((each.slots, each.duration), len(alike)) for each in self._stops()]
        shared: dict[WorkClock | None, dict[int, Beginnings]] = {}
        self._beginnings = [shared.setdefault(clock, {}) for clock in self.clocks]
        self._known_gaps: dict[int, tuple[_Gap, ...]] = {}

    @cached_property
    def distances(self) -> Sequence[Sequence[int]]:
        """The distances, which are the times where there are no others."""
        return self.problem.times if self.problem.distances is None else self.problem.distances

    def booked(self, member: int) -> tuple[Step, ...]:
        """The steps that a member has booked, in the order of their times: the round of who takes no other visit."""
        visits = self.problem.crew[member].booked
        order = sorted(range(len(visits)), key=lambda n: (visits[n].start, visits[n].duration, n))
        return tuple(booked_step(n) for n in order)

    def broken(self, member: int, steps: Sequence[Step]) -> tuple[str, ...]:
        """The hard rules that a round breaks, by name; none: it can be made."""
        found = [refusal(self.problem, member, self.problem.visits[step]) for step in steps if step >= 0]
        rules = list(dict.fromkeys(refused[0] for refused in found if refused is not None))
        rules += [rule for rule in overdone(self.problem, member, steps) if rule not in rules]
        if tuple(step for step in steps if step < RESTOCK) != self.booked(member):
            rules.append("booked")
        elif steps and self.timed(member, steps) is None:
            rules.append("time")
        return tuple(rules)

    def timed(self, member: int, steps: Sequence[Step]) -> Route | None:
        """The round with the least working time in this order, the earliest of them; None if there is no time for it.

        Only time is judged. Whoever makes it leaves as late as possible, and serves as early as possible then.
        """
        clock = self.clocks[member]
        if clock is None or not steps:
            return None
        timing = _Timing(self, member, steps, clock)
        leaving = timing.best_leaving()
        return None if leaving is None else timing.route(leaving)

    def reaches(self, member: int, visit: int) -> bool:
        """Whether there is time for this visit in a round of nothing else but what the member has booked."""
        clock, wanted, times = self.clocks[member], self.problem.visits[visit], self.problem.times
        choices = self.beginnings(member, visit)
        if clock is None or not choices:
            return False
        hence, place, duration = times[wanted.place], wanted.place, wanted.duration
        # Written out: where a thousand visits are left out, half a million pairs are asked about.
        for free, before, after, due in self._known_gaps.get(member) or self._gaps(member, clock):
            arrival, latest = free + times[before][place], due - hence[after] - duration
            for first, last, _ in choices:
                if arrival <= last:
                    if arrival <= latest and first <= latest:
                        return True
                    break
        return False

    def _gaps(self, member: int, clock: WorkClock) -> Sequence[_Gap]:
        """The gaps of a round of what is booked alone."""
        if member not in self._known_gaps:
            mine, free = self.problem.crew[member], clock.opens
            gaps, before = [], mine.start
            for step in self.booked(member):
                (start, _, _), (place, duration) = (
                    self.beginnings(member, step)[0],
                    self.place_of(member, step),
                )
                gaps.append((free, before, place, start))
                free, before = max(free, start + duration), place
            self._known_gaps[member] = (*gaps, (free, before, mine.end, clock.closes))
        return self._known_gaps[member]

    def beginnings(self, member: int, step: Step) -> Beginnings:
        """When a member may begin a step, whatever else they do; empty: never."""
        clock = self.clocks[member]
        if clock is None:
            return ()
        if step < RESTOCK:
            start = self.problem.crew[member].booked[booked_position(step)].start
            reading = clock.reading(start)
            return ((reading, reading, start - reading),)
        # Hundreds of clocks and thousands of visits: these are asked for once for all visits of the same slots.
        kept, alike = self._beginnings[member], self._alike[step]
        known = kept.get(alike)
        if known is None:
            stop = self._stop(step)
            known = kept[alike] = clock.beginnings(stop.slots, stop.duration)
        pin = self.problem.visits[step].pin if step >= 0 else None
        if pin is None or pin.start is None:
            return known
        return tuple(
            (pin.start - behind, pin.start - behind, behind)
            for first, last, behind in known
            if first <= pin.start - behind <= last
        )

    def place_of(self, member: int, step: Step) -> tuple[int, int]:
        """Where a step is, and how long it takes."""
        if step < RESTOCK:
            booked = self.problem.crew[member].booked[booked_position(step)]
            return booked.place, booked.duration
        stop = self._stop(step)
        return stop.place, stop.duration

    def _stops(self) -> Sequence[Visit | Restock]:
        """All visits, and at last, as the step -1 finds it, the place to restock at."""
        restock = self.problem.restock
        return self.problem.visits if restock is None else (*self.problem.visits, restock)

    def _stop(self, step: Step) -> Visit | Restock:
        if step >= 0:
            return self.problem.visits[step]
        if self.problem.restock is None:
            raise ValueError("This problem has no place to restock at.")
        return self.problem.restock


class _Timing:
    """A round's steps as arrays, read by the member's clock."""

    def __init__(self, rounds: Rounds, member: int, steps: Sequence[Step], clock: WorkClock) -> None:
        mine = rounds.problem.crew[member]
        spots = [rounds.place_of(member, step) for step in steps]
        self.rounds, self.member, self.steps, self.clock = rounds, member, steps, clock
        self.places = [mine.start, *(place for place, _ in spots), mine.end]
        self.durations = [duration for _, duration in spots]
        self.beginnings = [rounds.beginnings(member, step) for step in steps]
        self.legs = [rounds.problem.times[a][b] for a, b in pairwise(self.places)]
        fixed = [True, *(step < RESTOCK for step in steps), True]
        self.excused = [a and b for a, b in pairwise(fixed)]

    def best_leaving(self) -> int | None:
        """The reading at which to leave for the least work."""
        best: tuple[int, int] | None = None
        leaving: int | None = self.clock.opens
        while leaving is not None:
            starts = self.forward(leaving)
            if starts is None:
                break
            back = self._back(starts)
            latest = self._latest(starts)
            if latest < leaving and best is not None:
                break  # The round begins with a booked visit: nobody leaves later for it.
            if best is None or back - latest < best[0]:
                best = back - latest, latest
            leaving = self._later(latest)
        return None if best is None else best[1]

    def forward(self, leaving: int) -> list[int] | None:
        """When each step begins at the earliest; None if one is too late."""
        starts: list[int] = []
        free = leaving
        for number, choices in enumerate(self.beginnings):
            arrival = free + self.legs[number]
            if self.excused[number]:
                start = choices[0][0]
            else:
                found = _first(choices, arrival)
                if found is None:
                    return None
                start = found
            starts.append(start)
            free = max(free, start + self.durations[number])
        late = free + self.legs[-1] > self.clock.closes and not self.excused[-1]
        return None if late else starts

    def _back(self, starts: Sequence[int]) -> int:
        ends = [start + duration for start, duration in zip(starts, self.durations, strict=True)]
        return max(ends) + self.legs[-1]

    def _latest(self, starts: Sequence[int]) -> int:
        """The latest reading to leave at and still be back as early as with *starts*."""
        due = self._back(starts) - self.legs[-1]
        for number in range(len(starts) - 1, -1, -1):
            last = starts[number]
            found = _last(self.beginnings[number], due - self.durations[number])
            if found is not None and found > last:
                last = found
            due = last - self.legs[number]
        return due

    def _later(self, leaving: int) -> int | None:
        """The next time to leave that could mean less work; None: there is none.

        With one choice a step every later time only means more waiting, or to be back later by as much.
        """
        if all(len(choices) == 1 for choices in self.beginnings):
            return None
        starts = self.forward(leaving)
        if starts is None:
            return None
        free, slack = leaving, None
        for number, start in enumerate(starts):
            if start > free + self.legs[number]:
                return leaving + 1
            last = next(last for first, last, _ in self.beginnings[number] if first <= start <= last)
            slack = last - start if slack is None else min(slack, last - start)
            free = start + self.durations[number]
        return leaving + 1 + (slack or 0)

    def route(self, leaving: int) -> Route:
        """The round in the time of the clock on the wall."""
        starts = self.forward(leaving) or []
        away = self.clock.instant(leaving, late=True)
        stops, free, at = [], leaving, away
        for number, start in enumerate(starts):
            behind = next(b for first, last, b in self.beginnings[number] if first <= start <= last)
            arrival = min(max(at, self.clock.instant(free + self.legs[number])), start + behind)
            end = start + self.durations[number]
            stops.append(
                Stop(
                    step=self.steps[number],
                    place=self.places[number + 1],
                    arrival=arrival,
                    start=start + behind,
                    end=end + behind,
                )
            )
            free, at = max(free, end), max(at, end + behind)
        back = free + self.legs[-1]
        distances = self.rounds.distances
        return Route(
            member=self.member,
            leaving=away,
            stops=tuple(stops),
            back=max(at, self.clock.instant(back)),
            distance=sum(distances[a][b] for a, b in pairwise(self.places)),
            travel=sum(self.legs),
            work=back - leaving,
        )


def _first(choices: Beginnings, at: int) -> int | None:
    """The first moment not before *at*."""
    for first, last, _ in choices:
        if at <= last:
            return max(at, first)
    return None


def _last(choices: Beginnings, at: int) -> int | None:
    """The last moment not after *at*."""
    found = [min(at, last) for first, last, _ in choices if first <= at]
    return max(found, default=None)


def objective(problem: Problem, routes: Iterable[Route], left_out: Iterable[int]) -> Objective:
    """What the routes cost, and what it costs to leave those visits out, in parts."""
    made = tuple(routes)
    weights, crew = problem.weights, problem.crew
    penalties = [problem.visits[visit].penalty for visit in left_out]
    return Objective(
        missing=sum(penalty is None for penalty in penalties),
        penalties=sum(penalty for penalty in penalties if penalty is not None),
        distance=weights.distance * sum(route.distance for route in made),
        travel=weights.travel * sum(route.travel for route in made),
        work=sum((weights.work + crew[route.member].work) * route.work for route in made),
        crew=sum(weights.crew + crew[route.member].used for route in made),
        soft=sum(
            problem.visits[step].soft.get(route.member, 0)
            for route in made
            for step in route.steps
            if step >= 0
        ),
    )

"""A first plan: what an earlier one says, then always the visit next that would lose the most by waiting."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from hosanna_adapters.insertion.gaps import cheapest, settled
from hosanna_adapters.insertion.scanning import INFINITE
from hosanna_adapters.insertion.state import MANY_MEMBERS
from hosanna_core.model.planning import RESTOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hosanna_adapters.insertion.gaps import Gap
    from hosanna_adapters.insertion.state import State
    from hosanna_core.model.planning import Plan

BY_REGRET: Final = 400
"""More visits than that are put in one after the other."""
FEW: Final = 10
"""So many others count for where the most visits are that nobody has."""
SAMPLE: Final = 400
"""About so many are looked at for that: each of them beside each other."""
HURRIED: Final = 6
"""So many who are near are asked where there is no time to ask more."""
LOST: Final = 1e18
"""The regret of a visit that one member alone can take."""


def construct(state: State, enough: Callable[[], bool]) -> None:
    """Put in whatever goes in, until it is *enough*: of not too many, what is left then where it is cheapest."""
    if len(state.absent) > BY_REGRET:
        _one_by_one(state, enough)
    else:
        _by_regret(state, enough)
        # That is soon done. Else time would be kept back for reasons why they are left out, though they are not.
        _one_by_one(state, lambda: False)


def take_over(state: State, plan: Plan) -> None:
    """Begin with what an earlier plan says, as far as it may still be and there is time for it."""
    ground = state.ground
    for route in plan.routes:
        member = route.member
        if not 0 <= member < len(ground.clocked) or member not in state.tours:
            continue
        visits = [
            step
            for step in route.steps
            if RESTOCK < step < ground.visits and state.whose[step] < 0 and member in ground.able[step]
        ]
        tour = None
        if not ground.booked[member] and state.allows(member, visits):
            tour = settled(ground, member, visits)
        if tour is not None:
            state.put(tour)
            for visit in visits:
                state.move(visit, member)
            continue
        for visit in visits:
            gap = cheapest(ground, state.tours[member], visit)
            if gap[1] >= 0:
                state.insert(visit, member, gap)


def send_out(state: State, enough: Callable[[], bool]) -> None:
    """Send out whom one visit alone does not pay for, though several together do, until it is *enough*."""
    ground = state.ground
    in_vain: set[int] = set()
    for member, tour in list(state.tours.items()):
        if not state.absent or enough():
            return
        if tour.nodes or not ground.used[member] or ground.kinds[member] in in_vain:
            continue
        before = state.cost
        state.begin()
        _fill(state, member)
        if state.cost >= before:
            state.back()
            in_vain.add(ground.kinds[member])
        state.undo = None


def _fill(state: State, member: int) -> None:
    """Give a member visits that nobody has: the first where most are near, and others as long as they pay."""
    penalties = state.ground.penalties
    visit = _midst(state, member)
    while visit is not None and state.insert(visit, member, state.offer(member, visit)):
        saved = {each: penalties[each] - state.offer(member, each)[0] for each in sorted(state.absent)}
        visit = max((each for each in saved if saved[each] > 0), key=saved.__getitem__, default=None)


def _midst(state: State, member: int) -> int | None:
    """The visit that a member can take with the shortest ways to others that nobody has; None: there is none."""
    times = state.ground.times
    waiting = sorted(state.absent)
    sample = waiting[:: 1 + len(waiting) // SAMPLE]
    could = [visit for visit in sample if state.offer(member, visit)[1] >= 0]
    return min(
        could, key=lambda visit: sum(nsmallest(FEW, map(times[visit].__getitem__, could))), default=None
    )


def insert_what_fits(state: State, late: Callable[[], bool]) -> None:
    """Put in every visit that fits and costs less than leaving it out does: nothing is left out for no reason.

    Of a large crew those who are near are asked first, and all others only if none of them can. Once it is *late*
    only the nearest are asked first, and the others for nothing but what must not be left out.
    """
    ground = state.ground
    for visit in sorted(state.absent):
        hurried = late()
        if _put_in(state, visit, state.asked(visit, HURRIED if hurried else MANY_MEMBERS)):
            continue
        must = ground.problem.visits[visit].penalty is None
        if len(ground.able[visit]) > MANY_MEMBERS and (must or not hurried):
            _put_in(state, visit, ground.able[visit])


def _put_in(state: State, visit: int, members: Sequence[int]) -> bool:
    """Put a visit in where it is cheapest among these members; False if it goes in nowhere, or does not pay."""
    who, gap = state.best_gap(visit, members=members)
    while who >= 0 and gap[0] < state.ground.penalties[visit]:
        if state.insert(visit, who, gap):
            return True
        who, gap = state.best_gap(visit, members=members)
    return False


def _one_by_one(state: State, enough: Callable[[], bool]) -> None:
    """The dearest to leave out first, then those that few can take, then the earliest."""
    ground = state.ground

    def urgency(visit: int) -> tuple[float, int, int]:
        return -ground.penalties[visit], ground.latest[visit], visit

    for visit in sorted(state.absent, key=urgency):
        if enough():
            return
        who, gap = state.best_gap(visit, members=state.asked(visit))
        if who >= 0 and gap[0] < ground.penalties[visit]:
            state.insert(visit, who, gap)


def _by_regret(state: State, enough: Callable[[], bool]) -> None:
    waiting = set(state.absent)
    while waiting:
        best: tuple[float, float, int] | None = None
        chosen: tuple[int, Gap] | None = None
        for visit in sorted(waiting):
            if enough():
                return
            who, gap, regret = _regret(state, visit)
            if who < 0 or gap[0] >= state.ground.penalties[visit]:
                waiting.discard(visit)
            elif best is None or (-regret, gap[0], visit) < best:
                best, chosen = (-regret, gap[0], visit), (who, gap)
        if best is not None and chosen is not None and state.insert(best[2], *chosen):
            waiting.discard(best[2])


def _regret(state: State, visit: int) -> tuple[int, Gap, float]:
    """Who takes it the cheapest, where, and how much dearer the second best is."""
    first, second = state.two_best(visit)
    who, gap = first
    if who < 0:
        return who, gap, 0.0
    return who, gap, LOST if second == INFINITE else second - gap[0]

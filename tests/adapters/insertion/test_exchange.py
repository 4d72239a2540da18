"""Exchanging the rests of two tours: what is not even made is what would have been refused."""

from random import Random

import pytest

from hosanna_adapters.insertion.construct import construct
from hosanna_adapters.insertion.exchange import exchanged
from hosanna_adapters.insertion.ground import Ground
from hosanna_adapters.insertion.state import State
from hosanna_core.model.planning import Member, Problem, Slot, Span, Visit, Weights

EVERYTHING = float("inf")


def a_plan(seed: int, weights: Weights) -> State:
    """Four members from one yard, and twenty visits with windows in a town where every way is another."""
    random = Random(seed)
    places = [(random.randrange(60), random.randrange(60)) for _ in range(21)]
    times = [[abs(a - c) + abs(b - d) for c, d in places] for a, b in places]
    visits = []
    for place in range(1, len(places)):
        first = random.randrange(400)
        slot = Slot(first, first + random.randrange(20, 300))
        visits.append(Visit(place=place, duration=random.randrange(5, 20), slots=(slot,), demand=1))
    crew = tuple(Member(start=0, end=0, shifts=(Span(0, 800),), capacity=8) for _ in range(4))
    state = State(Ground(Problem(times=times, crew=crew, visits=tuple(visits), weights=weights)))
    construct(state, lambda: False)
    return state


def told(pair):
    return pair and [(tour.member, tour.nodes, tour.cost) for tour in pair]


@pytest.mark.parametrize("weights", [Weights(distance=1), Weights(work=1), Weights(travel=3, work=2)])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_not_made_is_what_would_be_dearer_or_have_no_time(seed, weights):
    state = a_plan(seed, weights)
    before = {member: tour.cost for member, tour in state.tours.items()}
    found, wanted = [], []
    for attempt in range(600):
        pair = exchanged(state, Random(attempt), EVERYTHING)
        dear = pair is None or sum(tour.cost - before[tour.member] for tour in pair) > 0
        wanted.append(None if dear else told(pair))
        quick = exchanged(state, Random(attempt), 0)
        dear = quick is None or sum(tour.cost - before[tour.member] for tour in quick) > 0
        found.append(None if dear else told(quick))
    assert found == wanted
    assert any(wanted)

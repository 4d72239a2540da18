"""Small planning problems, drawn at random: with everything that a problem can have, also what cannot be."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.planning import Booked, Member, Pin, Problem, Restock, Slot, Span, Visit, Weights

DAY = 100
NAMES = st.frozensets(st.sampled_from("ab"), max_size=2)
PARTS = st.dictionaries(st.sampled_from("pq"), st.integers(1, 2), max_size=2)


@st.composite
def spans(draw) -> tuple[Span, ...]:
    """A day, a day with a break, three shifts, or none."""
    edges = draw(
        st.sampled_from(
            [(0, DAY), (10, 90), (0, 40, 50, DAY), (0, 20, 30, 60, 65, DAY), (50, 51), (), (0, 50, 50, 90)]
        )
    )
    return tuple(Span(edges[n], edges[n + 1]) for n in range(0, len(edges), 2))


@st.composite
def members(draw, places: int, *, booked: bool = True) -> Member:
    """Somebody, perhaps with booked visits that overlap or lie outside their shifts."""
    place = st.integers(0, places - 1)
    taken = st.builds(Booked, place, st.integers(0, DAY), st.integers(1, 20))
    return Member(
        start=draw(place),
        end=draw(place),
        shifts=draw(spans()),
        skills=draw(NAMES),
        tools=draw(NAMES),
        parts=draw(PARTS),
        capacity=draw(st.none() | st.integers(0, 6)),
        most=draw(st.none() | st.integers(0, 3)),
        booked=tuple(draw(st.lists(taken, max_size=2))) if booked else (),
        used=draw(st.sampled_from([0, 0, 30])),
        work=draw(st.sampled_from([0, 0, 2])),
    )


@st.composite
def visits(draw, places: int, crew: int) -> Visit:
    """A visit, perhaps one that nobody can make."""
    slots = st.builds(lambda a, b: Slot(min(a, b), max(a, b)), st.integers(-5, DAY), st.integers(0, DAY + 5))
    member = st.integers(0, max(crew - 1, 0))
    return Visit(
        place=draw(st.integers(0, places - 1)),
        duration=draw(st.integers(0, 25)),
        slots=tuple(draw(st.lists(slots, max_size=2))),
        skills=draw(st.just(frozenset()) | NAMES),
        members=draw(st.none() | st.none() | st.frozensets(member, max_size=crew)),
        demand=draw(st.integers(0, 3)),
        tools=draw(st.just(frozenset()) | NAMES),
        parts=draw(st.just({}) | PARTS),
        penalty=draw(st.none() | st.integers(0, 150)),
        soft=draw(st.just({}) | st.dictionaries(member, st.integers(-10, 20), max_size=crew)),
        pin=draw(st.none() | st.none() | st.builds(Pin, member, st.none() | st.integers(0, DAY))),
    )


@st.composite
def problems(draw, most_visits: int = 6, most_crew: int = 2, *, booked: bool = True) -> Problem:
    """A small problem, by any weights; its ways obey no triangle."""
    places = draw(st.integers(1, 5))
    leg = st.integers(0, 25)
    matrix = st.lists(st.lists(leg, min_size=places, max_size=places), min_size=places, max_size=places)
    times = [[0 if a == b else way for b, way in enumerate(row)] for a, row in enumerate(draw(matrix))]
    crew = tuple(draw(st.lists(members(places, booked=booked), max_size=most_crew)))
    wanted = draw(st.lists(visits(places, len(crew)), max_size=most_visits))
    restocks = st.builds(
        Restock, st.integers(0, places - 1), st.integers(0, 5), st.sampled_from([(), (Slot(0, 60),)])
    )
    weight = st.sampled_from([0, 1, 3])
    return Problem(
        times=times,
        distances=draw(st.none() | matrix),
        crew=crew,
        visits=tuple(wanted),
        weights=Weights(distance=draw(weight), travel=draw(weight), work=draw(weight), crew=draw(weight)),
        restock=draw(st.none() | restocks),
    )

"""What is asked of lists, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from hosanna_core.model.ids import DAY, Id
from hosanna_core.model.people import Actor
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Status
from hosanna_core.rules.visibility import Scope, scope_of
from hosanna_core.rules.words import asked
from hosanna_core.testing.samples import START, TRADE_WORDS
from hosanna_core.testing.strategies.basics import ids, instants, priorities, roles, standings

if TYPE_CHECKING:
    from collections.abc import Callable


def sorts() -> st.SearchStrategy[Sort]:
    """Any order of a list."""
    return st.sampled_from(Sort)


def scopes(technicians: st.SearchStrategy[Id] | None = None) -> st.SearchStrategy[Scope]:
    """What roles see, and any part of it."""
    who = ids() if technicians is None else technicians
    parts = st.frozensets(standings(), min_size=1)
    return st.builds(scope_of, st.builds(Actor, who, roles())) | st.builds(Scope, parts, st.none() | who)


@st.composite
def job_filters(
    draw: Callable[[st.SearchStrategy[Any]], Any], technicians: st.SearchStrategy[Id] | None = None
) -> JobFilter:
    """Filters in which any part may be given."""
    statuses = st.frozensets(st.sampled_from(Status), min_size=1, max_size=3)
    edges = st.none() | instants(START - DAY, START + 30 * DAY)
    question = draw(
        st.just("") | st.lists(st.sampled_from((*TRADE_WORDS, "pan", "j-0", "le")), max_size=3).map(" ".join)
    )
    words, prefix = asked(question)
    return JobFilter(
        statuses=draw(st.none() | statuses),
        technician_id=draw(st.none() | (ids() if technicians is None else technicians)),
        priority=draw(st.none() | priorities()),
        created_from=draw(edges),
        created_to=draw(edges),
        window_from=draw(edges),
        window_to=draw(edges),
        words=words,
        prefix=prefix,
    )

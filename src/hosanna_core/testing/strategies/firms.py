"""Settings."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.firm import Company, Costs, Firm, JobType, Retention, Scores
from hosanna_core.model.schedule import WEEKDAYS
from hosanna_core.model.status import Priority
from hosanna_core.testing.strategies.basics import instants, texts

_WEIGHTS = st.integers(0, 100)
_COSTS = st.integers(0, 100_000)


def firms() -> st.SearchStrategy[Firm]:
    """Settings of any version."""
    companies = st.builds(
        Company, name=texts(), phone=st.none() | texts(), email=st.none() | texts(), timezone=st.just("UTC")
    )
    stretches = st.tuples(st.integers(0, 700), st.integers(701, 1440))
    job_types = st.builds(
        JobType,
        name=texts(),
        duration_minutes=st.integers(1, 10_000),
        required_skills=st.lists(texts(), max_size=3).map(tuple),
    )
    return st.builds(
        Firm,
        version=st.integers(1, 10),
        company=companies,
        hours=st.dictionaries(st.sampled_from(WEEKDAYS), st.lists(stretches, max_size=2).map(tuple)),
        job_types=st.lists(job_types, max_size=3).map(tuple),
        scores=st.builds(
            Scores,
            **{name: _WEIGHTS for name in Scores.__struct_fields__ if name != "plugins"},
            plugins=st.dictionaries(st.sampled_from(("permits.master", "fleet.van")), _WEIGHTS),
        ),
        retention=st.builds(Retention, **dict.fromkeys(Retention.__struct_fields__, st.integers(1, 3_650))),
        costs=st.builds(
            Costs,
            **{name: _COSTS for name in Costs.__struct_fields__ if name != "left_out"},
            left_out=st.fixed_dictionaries(dict.fromkeys(Priority, _COSTS)),
        ),
        updated_at=instants(),
    )

"""Plans of days as they are kept; what they say need not be possible."""

from __future__ import annotations

from hypothesis import strategies as st

from hosanna_core.model.dayplan import (
    Assumption,
    DayPlan,
    Omission,
    Outcome,
    Pinned,
    PlanCosts,
    PlannedRoute,
    PlannedStop,
    PlanStatus,
    Shift,
    Spot,
    WhyNot,
)
from hosanna_core.testing.strategies.basics import ids, instants, texts, windows

_SECONDS = st.integers(0, 200_000)
_POSITIONS = st.integers(0, 4)


def day_plans() -> st.SearchStrategy[DayPlan]:
    """Plans with a crew of five."""
    return st.builds(
        DayPlan,
        id=ids(),
        version=st.just(1),
        status=st.sampled_from(PlanStatus),
        actor_id=ids(),
        created_at=instants(),
        updated_at=instants(),
        date=st.dates().map(str),
        timezone=st.sampled_from(("UTC", "America/Chicago")),
        start=instants(),
        end=instants(),
        crew=st.lists(ids(), min_size=5, max_size=5, unique=True).map(tuple),
        pins=_some(st.builds(Pinned, ids(), ids(), st.none() | instants())),
        planner=st.sampled_from(("built-in", "pyvrp")),
        seconds=st.integers(1, 60),
        routes=_some(_routes()),
        left_out=_some(st.builds(Omission, ids(), _some(_reasons()))),
        not_considered=_some(ids()),
        not_considered_count=st.integers(0, 10_000),
        assumptions=_some(
            st.builds(
                Assumption, kind=texts(20), text=texts(), job_ids=_some(ids()), technicians=_some(_POSITIONS)
            )
        ),
        costs=st.builds(PlanCosts, **dict.fromkeys(PlanCosts.__struct_fields__, st.integers(0, 100_000))),
        based_on=st.none() | ids(),
        changes=_some(st.builds(Shift, ids(), st.none() | _spots(), st.none() | _spots())),
        outcomes=_some(
            st.builds(
                Outcome,
                job_id=ids(),
                applied=st.booleans(),
                code=st.none() | texts(20),
                reason=st.none() | texts(),
            )
        ),
    )


def _some(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=2).map(tuple)


def _spots() -> st.SearchStrategy[Spot]:
    return st.builds(Spot, ids(), instants())


def _reasons() -> st.SearchStrategy[WhyNot]:
    return st.builds(
        WhyNot,
        rule=texts(20),
        text=texts(),
        technicians=_some(_POSITIONS),
        instead=_some(ids()),
        cost=st.none() | st.integers(-10, 10_000),
    )


def _routes() -> st.SearchStrategy[PlannedRoute]:
    stops = st.builds(
        PlannedStop,
        job_id=ids(),
        arrival=instants(),
        start=instants(),
        end=instants(),
        travel_seconds=_SECONDS,
        travel_metres=_SECONDS,
        booked=st.booleans(),
        pinned=st.booleans(),
        promised=st.none() | windows(),
        minutes_late=st.integers(0, 600),
    )
    return st.builds(
        PlannedRoute,
        technician=_POSITIONS,
        leaving=instants(),
        back=instants(),
        stops=_some(stops),
        travel_seconds=_SECONDS,
        travel_metres=_SECONDS,
        work_seconds=_SECONDS,
        shifts=_some(windows()),
    )

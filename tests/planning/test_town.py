"""A small town's day in the shape of the real permits, planned by every planner that is installed, judged by hand."""

from importlib.util import find_spec

import pytest
from bench.day import NearestFirst, judged, planned, town

from hosanna_adapters.childprocess import Children
from hosanna_web.composition.planners import planners_with

KINDS = (
    "R- 435 Renovations/Remodel",
    "C- 437 Addn, Alter, Convn-NonRes",
    "R- 329 Res Structures Other Than Bldg",
)
WORK = (("Remodel", "new panel and outlets"), ("New", "pool and solar on the roof"), ("Repair", ""))


def permits(count: int) -> list[dict[str, str]]:
    """Rows as they are in a permit file; one in nine has no coordinates."""
    rows = []
    for n in range(count):
        work, words = WORK[n % 3]
        place = (
            {"lat": "", "lng": ""}
            if n % 9 == 4
            else {"lat": f"{30.2 + n % 7 / 50:.5f}", "lng": f"{-97.8 + n % 5 / 40:.5f}"}
        )
        rows.append(
            {
                "permit_number": f"2014-{n:06d} EP",
                "sub_type": KINDS[n % len(KINDS)],
                "work_type": work,
                "permit_location": f"{100 + n} NAVAJO PATH",
                "work_description": words,
                **place,
            }
        )
    return rows


@pytest.fixture
def children():
    found = Children()
    yield found
    found.close()


@pytest.mark.parametrize(
    "name", ["built-in", *(pytest.param(each, marks=pytest.mark.deep) for each in ("pyvrp", "best"))]
)
def test_every_plan_of_a_town_is_sound_and_better_than_the_nearest_job_first(children, name):
    planners = dict(planners_with(children))
    if name not in planners:
        assert find_spec("pyvrp") is None
        pytest.skip("pyvrp is not installed")
    rows = permits(45)
    office = town(rows, planners)
    plan, _ = planned(office, name, 2)
    assert judged(office, plan) == []
    simple = town(rows, {"built-in": NearestFirst()})
    first, _ = planned(simple, "built-in", 1)
    assert judged(simple, first) == []
    assert plan.costs.total < first.costs.total


@pytest.mark.deep
def test_far_more_work_than_the_crew_has_time_for_is_left_out_with_that_reason(monkeypatch):
    monkeypatch.setattr("hosanna_core.rules.assignment.dayplan.posing.ALWAYS_TRIED", 20)
    monkeypatch.setattr("hosanna_core.rules.assignment.dayplan.posing.MOST_TRIED", 30)
    office = town(permits(60), {"built-in": NearestFirst()})
    plan, _ = planned(office, "built-in", 1)
    assert judged(office, plan) == []
    untried = [left for left in plan.left_out if left.reasons[0].rule == "capacity"]
    assert len(untried) == 30
    urgent = {job_id for number, job_id in enumerate(office.job_ids) if number % 11 == 0}
    assert not urgent & {left.job_id for left in untried}

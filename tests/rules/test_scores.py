"""The soft scores: each from 0 to 1, and what makes it more or less."""

from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.firm import Scores
from hosanna_core.model.ids import DAY, HOUR
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import Skill, Visit, Window
from hosanna_core.model.travel import Leg
from hosanna_core.rules.assignment.score import (
    NAMES,
    Familiar,
    Measures,
    Path,
    rarest_spent,
    scores_of,
    shares,
    total_of,
    weights_of,
    workload,
)
from hosanna_core.testing.samples import id_of

NOON = to_millis("2026-03-16T12:00:00Z")
LEGS = st.none() | st.builds(Leg, st.integers(0, 100_000), st.integers(0, 1_000_000))


def measures(**parts):
    plain = {"path": Path(), "fortnight": 0, "day": 0, "familiar": Familiar(), "rarest": None}
    return Measures(**{**plain, **parts})


def valued(**parts):
    return dict(zip(NAMES, measures(**parts).values, strict=True))


def visits(*starts):
    return [Visit(id_of(n), Window(start, start + HOUR)) for n, start in enumerate(starts)]


@given(
    path=st.builds(Path, LEGS, LEGS, LEGS, st.just("home"), st.just("visit")),
    fortnight=st.integers(0, 14 * DAY),
    day=st.integers(0, DAY),
    jobs=st.integers(0, 100),
    share=st.floats(0, 1),
)
def test_every_score_lies_between_nothing_and_its_weight_and_they_add_up(path, fortnight, day, jobs, share):
    made = measures(
        path=path, fortnight=fortnight, day=day, familiar=Familiar(jobs, 0, jobs), rarest=("solar", share)
    )
    weights = weights_of(Scores())
    scores = scores_of(made, weights)
    assert [score.name for score in scores] == list(NAMES)
    assert all(0 <= score.value <= 1 and 0 <= score.contribution <= score.weight for score in scores)
    assert abs(sum(score.contribution for score in scores) - total_of(made, weights)) < 0.001
    assert all(score.why for score in scores)


def test_a_detour_of_half_an_hour_halves_the_score_of_travel():
    path = Path(Leg(1_200, 0), Leg(1_500, 0), Leg(900, 0), "visit", "visit")
    assert path.detour == 1_800
    assert valued(path=path)["travel"] == 0.5


def test_a_way_that_is_not_known_is_neither_good_nor_bad_and_says_so():
    assert valued()["travel"] == 0.5
    assert scores_of(measures(), weights_of(Scores()))[0].why == "the way is not known: counts as middling"
    one_way = Path(Leg(600, 0), None, None, "visit", "")
    assert scores_of(measures(path=one_way), weights_of(Scores()))[0].why == (
        "10 min more on the road, from the visit before (the other way is not known)"
    )


def test_a_roundabout_way_home_is_not_less_than_nothing():
    assert Path(Leg(10, 0), Leg(10, 0), Leg(900, 0), "home", "visit").detour == 0


def test_the_fortnight_ends_with_the_day_and_is_fourteen_days_long():
    midnight = NOON - 12 * HOUR
    booked = visits(midnight - 13 * DAY, midnight - 13 * DAY - 1, midnight + DAY - 1, midnight + DAY)
    assert workload(booked, None, NOON, "UTC") == (HOUR + HOUR - 1 + 1, 1)
    assert workload(booked, id_of(0), NOON, "UTC") == (HOUR - 1 + 1, 1)


def test_the_fortnight_is_counted_where_the_technician_lives_across_a_time_change():
    start = to_millis("2026-03-03T00:00:00-06:00")
    assert workload(visits(start), None, NOON, "America/Chicago") == (HOUR, 0)
    assert workload(visits(start - 1), None, NOON, "America/Chicago") == (HOUR - 1, 0)


def test_time_at_work_is_told_in_hours():
    """Eighty hours were `3 d`: no two weeks of anybody's work."""
    told = {score.name: score.why for score in scores_of(measures(fortnight=60 * HOUR), weights_of(Scores()))}
    assert told["fortnight"] == "60 h of 80 h booked in the two weeks that end with the day"
    assert told["day"] == "0 min of 8 h booked on the day"


def test_each_job_for_the_customer_or_at_the_site_makes_one_more_familiar():
    assert [valued(familiar=Familiar(n, n, n))["continuity"] for n in (0, 1, 3)] == [0, 0.5, 0.75]


def test_the_rarest_skill_that_is_not_asked_for_is_what_would_be_spent():
    day = "2026-03-16"
    crew = [
        ((Skill("Lift"), Skill("solar")), day),
        ((Skill("lift"),), day),
        ((Skill("gas", None, "2020-01-01"),), day),
    ]
    held = shares(crew)
    assert held == {"lift": 2 / 3, "solar": 1 / 3}
    both = (Skill("Lift"), Skill("Solar"))
    assert rarest_spent(both, (), day, held) == ("Solar", 1 / 3)
    assert rarest_spent(both, ("solar >= 1",), day, held) == ("Lift", 2 / 3)
    assert rarest_spent(both, ("SOLAR", "lift"), day, held) is None
    assert valued(rarest=None)["rarity"] == 1

"""Each hard rule says by how much it holds or fails, as numbers and in the technician's own time."""

import pytest

from hosanna_core.model.ids import HOUR, MINUTE
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import Availability, Skill, Visit, Window
from hosanna_core.model.travel import Leg, Point
from hosanna_core.rules.assignment.areas import metres_between
from hosanna_core.rules.assignment.fit import Wanted, findings, fit, on_the_road, surroundings_of, worded
from hosanna_core.rules.assignment.neighbours import NIGHT, Road
from hosanna_core.testing.samples import a_calendar, id_of

ME = id_of(903)
NEEDED = Window(to_millis("2026-03-02T13:30:00-06:00"), to_millis("2026-03-02T15:30:00-06:00"))
HERE = Point(30.27, -97.74)


def told(rule, window=NEEDED, visits=(), skills=(), place=None, **available):
    """The verdict of one rule in Chicago."""
    calendar = a_calendar(
        ME, visits=visits, availability=Availability(timezone="America/Chicago", **available)
    )
    verdicts = fit(calendar, skills, window, None, window.start, place)
    return next(verdict for verdict in verdicts if verdict.rule == rule)


def travelled(visits, roads, window=NEEDED):
    """The verdict of travel over known roads."""
    calendar = a_calendar(ME, visits=visits, availability=Availability(timezone="America/Chicago"))
    wanted = Wanted(window=window, place=HERE)
    around = surroundings_of(calendar, wanted)
    found = on_the_road(findings(calendar, wanted, around, window.start), wanted, around, roads)
    return {each.rule: each for each in worded(found, window, "America/Chicago")}


def visit(number, start, end):
    return Visit(
        id_of(number),
        Window(to_millis(f"2026-03-02T{start}:00-06:00"), to_millis(f"2026-03-02T{end}:00-06:00")),
    )


def test_who_is_busy_is_told_from_when_they_are_free_and_from_when_they_are_needed():
    verdict = told("overlap", visits=(visit(1, "12:00", "14:10"),))
    assert not verdict.holds
    assert verdict.margin.words == "free from 14:10, needed from 13:30"
    assert (verdict.margin.by, verdict.margin.unit) == (-40, "minutes")
    assert (verdict.margin.free_from, verdict.margin.needed_from) == (
        "2026-03-02T20:10:00Z",
        "2026-03-02T19:30:00Z",
    )
    assert verdict.margin.job_ids == (id_of(1),)


def test_the_way_from_the_visit_in_the_way_counts_in_from_when_one_is_free():
    found = travelled((visit(1, "12:00", "14:10"),), {id_of(1): Road(Leg(1_200, 9_000))})
    assert found["overlap"].margin.words == "free from 14:30, needed from 13:30 (20 min on the road)"
    assert found["travel"].holds


def test_who_has_no_time_for_the_way_is_told_by_how_much():
    found = travelled((visit(1, "12:00", "13:20"),), {id_of(1): Road(Leg(1_200, 9_000))})
    assert found["overlap"].holds
    assert not found["travel"].holds
    assert found["travel"].margin.words == "free from 13:40, needed from 13:30 (20 min on the road)"
    assert found["travel"].margin.by == -10


def test_who_is_late_by_seconds_is_told_another_minute():
    """It was "free from 13:30, needed from 13:30", and no reason at all."""
    found = travelled((visit(1, "12:00", "13:25"),), {id_of(1): Road(Leg(347, 3_000))})
    assert not found["travel"].holds
    assert found["travel"].margin.words == "free from 13:31, needed from 13:30 (5 min on the road)"
    touching = Visit(id_of(1), Window(NEEDED.start - HOUR, NEEDED.start + 1))
    assert told("overlap", visits=(touching,)).margin.words == "free from 13:31, needed from 13:30"
    longer = Window(NEEDED.start, NEEDED.end + 1)
    words = told("hours", window=longer, hours={"mon": ((8 * 60, 15 * 60 + 30),)}).margin.words
    assert words == "works until 15:30, needed until 15:31"


def test_the_way_to_the_visit_after_counts_too():
    road = {id_of(1): Road(None, Leg(1_200, 9_000))}
    assert travelled((visit(1, "15:50", "17:00"),), road)["travel"].holds
    late = travelled((visit(1, "15:49", "17:00"),), road)["travel"]
    assert (late.holds, late.margin.by) == (False, -1)
    assert late.margin.words == "free until 15:29, needed until 15:30 (20 min on the road)"


def test_an_unknown_way_takes_no_time_and_says_so():
    found = travelled((visit(1, "12:00", "13:30"),), {})
    assert found["travel"].holds
    assert found["travel"].margin.words.endswith("(the way there is not known)")


def test_a_visit_a_night_away_is_no_neighbour():
    far = Road(Leg(100_000, 1_000_000), Leg(100_000, 1_000_000))
    end = NEEDED.start - NIGHT
    assert travelled((Visit(id_of(1), Window(end - HOUR, end)),), {id_of(1): far})["travel"].margin is None
    near = travelled((Visit(id_of(1), Window(end - HOUR, end + 1)),), {id_of(1): far})["travel"]
    assert not near.holds


def test_hours_say_from_when_one_works_by_the_clock_on_the_wall():
    verdict = told("hours", hours={"mon": ((14 * 60, 18 * 60),)})
    assert (verdict.holds, verdict.margin.by) == (False, -30)
    assert verdict.margin.words == "works from 14:00, needed from 13:30"
    early = told("hours", hours={"mon": ((8 * 60, 15 * 60),)})
    assert early.margin.words == "works until 15:00, needed until 15:30"
    inside = told("hours", hours={"mon": ((8 * 60, 17 * 60),)})
    assert (inside.holds, inside.margin.by) == (True, 90)


def test_another_day_is_told_with_its_date():
    verdict = told("hours", hours={"tue": ((8 * 60, 17 * 60),)})
    assert verdict.margin.words == "works from 2026-03-03 08:00, needed from 13:30"


def test_hours_across_a_time_change_are_those_of_the_clock():
    night = Window(to_millis("2026-03-08T01:00:00-06:00"), to_millis("2026-03-08T04:00:00-05:00"))
    verdict = told("hours", window=night, hours={"sun": ((60, 4 * 60),)})
    assert verdict.holds
    assert (
        verdict.margin.words == "works from 01:00, needed from 01:00; works until 04:00, needed until 04:00"
    )
    assert night.end - night.start == 2 * HOUR


def test_who_works_on_no_day_near_is_refused_without_a_margin():
    verdict = told("hours", hours={"thu": ((8 * 60, 17 * 60),)})
    assert (verdict.holds, verdict.margin) == (False, None)


def test_time_off_says_until_when():
    off = Window(NEEDED.start - 5 * HOUR, NEEDED.start + 40 * MINUTE)
    verdict = told("time_off", time_off=(off,))
    assert verdict.margin.words == "free from 14:10, needed from 13:30"
    after = told("time_off", time_off=(Window(NEEDED.end + HOUR, NEEDED.end + 2 * HOUR),))
    assert (after.holds, after.margin.by) == (True, 60)


def test_the_daily_maximum_counts_n_of_m():
    two = (visit(1, "08:00", "09:00"), visit(2, "09:00", "10:00"))
    full = told("daily_maximum", visits=two, daily_maximum=2)
    assert (full.holds, full.margin.by, full.margin.words) == (
        False,
        -1,
        "visit 3 of at most 2 on 2026-03-02",
    )
    room = told("daily_maximum", visits=two, daily_maximum=4)
    assert (room.holds, room.margin.by, room.margin.count, room.margin.most) == (True, 1, 3, 4)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ((), "does not hold gas >= 3"),
        ((Skill("gas", 2),), "does not hold gas >= 3 (held at level 2)"),
        ((Skill("gas"),), "does not hold gas >= 3 (held at no level)"),
        ((Skill("gas", 4, "2026-03-01"),), "does not hold gas >= 3 (expired after 2026-03-01)"),
        ((Skill("gas", 4, "2026-03-01"), Skill("Gas", 1)), "does not hold gas >= 3 (held at level 1)"),
    ],
)
def test_a_skill_that_does_not_count_says_why(held, words):
    calendar = a_calendar(ME, availability=Availability(skills=held))
    verdict = fit(calendar, ("gas >= 3",), NEEDED, None, NEEDED.start)[1]
    assert not verdict.holds
    assert verdict.margin.words == words


def test_a_level_that_is_high_enough_counts_and_says_how_long_yet():
    calendar = a_calendar(ME, availability=Availability(skills=(Skill("Gas", 3, "2026-03-12"),)))
    verdict = fit(calendar, ("gas >= 3",), NEEDED, None, NEEDED.start)[1]
    assert (verdict.holds, verdict.margin.by, verdict.margin.unit) == (True, 10, "days")


def test_a_service_area_is_measured_from_home_and_only_where_all_is_known():
    home = Point(30.27, -97.84)
    distance = metres_between(home, HERE)
    wide = told("service_area", place=HERE, home=home, service_area_km=10.0)
    assert (wide.holds, wide.margin.by) == (True, 10_000 - distance)
    small = told("service_area", place=HERE, home=home, service_area_km=9.0)
    assert not small.holds
    assert small.margin.words == "9.6 km from home, at most 9.0 km"
    for lacking in ({"home": home}, {"service_area_km": 9.0}):
        with pytest.raises(StopIteration):
            told("service_area", place=HERE, **lacking)
    with pytest.raises(StopIteration):
        told("service_area", home=home, service_area_km=9.0)

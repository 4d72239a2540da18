"""Ways along great circles."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_core.model.travel import Point
from hosanna_core.rules.assignment.areas import metres_between


def test_a_quarter_of_the_equator_is_ten_thousand_kilometres():
    leg = GreatCircleTravel(road_factor=1).legs([Point(0, 0)], [Point(0, 90)])[0][0]
    assert leg.metres == pytest.approx(10_007_557, abs=2)


def test_to_the_other_side_of_the_globe_it_is_half_its_girth_whichever_way():
    travel = GreatCircleTravel(road_factor=1)
    ways = travel.legs([Point(90, 0), Point(0, 0)], [Point(-90, 77), Point(0, 180)])
    assert ways[0][0].metres == ways[1][1].metres == pytest.approx(20_015_115, abs=2)


def test_roads_are_longer_and_who_drives_twice_as_fast_needs_half_the_time():
    here, there = [Point(30.2747, -97.7404)], [Point(30.1975, -97.6664)]
    straight = GreatCircleTravel(road_factor=1, speed=60).legs(here, there)[0][0]
    by_road = GreatCircleTravel(road_factor=1.5, speed=60).legs(here, there)[0][0]
    fast = GreatCircleTravel(road_factor=1.5, speed=120).legs(here, there)[0][0]
    assert by_road.metres == pytest.approx(1.5 * straight.metres, abs=1)
    assert by_road.seconds == pytest.approx(by_road.metres * 3.6 / 60, abs=1)
    assert fast.seconds == pytest.approx(by_road.seconds / 2, abs=1)


@pytest.mark.parametrize(("factor", "speed"), [(0.9, 40), (1.3, 0), (1.3, -1), (float("nan"), 40)])
def test_no_road_is_shorter_than_the_great_circle_and_nobody_stands_still(factor, speed):
    with pytest.raises(ValueError, match="road factor"):
        GreatCircleTravel(road_factor=factor, speed=speed)


LATITUDES = st.sampled_from((-90.0, -89.9999, 0.0, 30.2747, 89.9999, 90.0)) | st.floats(-90, 90)
LONGITUDES = st.sampled_from((-180.0, -179.9999, 0.0, 179.9999, 180.0)) | st.floats(-180, 180)


@given(st.tuples(LATITUDES, LONGITUDES), st.tuples(LATITUDES, LONGITUDES))
def test_it_is_as_far_as_by_the_haversine_formula_also_at_the_poles_and_over_the_date_line(here, there):
    here, there = Point(*here), Point(*there)
    ((leg,),) = GreatCircleTravel(road_factor=1).legs((here,), (there,))
    assert leg.metres == pytest.approx(metres_between(here, there), abs=1)


def test_another_table_is_another_one_whichever_was_asked_for_last():
    travel = GreatCircleTravel()
    tables = [(Point(30.0, -97.0), None), (Point(31.0, -97.0), Point(30.0, -98.0))]
    wanted = [GreatCircleTravel().legs(table[:1], list(table)) for table in tables]
    for _ in range(2):
        assert [travel.legs(table[:1], table) for table in tables] == wanted
    moved = [*tables[0]]
    assert travel.legs(tables[0][:1], moved) == wanted[0]
    moved[0] = None
    assert travel.legs(tables[0][:1], moved)[0][0].metres == 0


def test_what_goes_to_another_process_is_the_way_to_ask_and_not_what_was_asked():
    travel, fresh = GreatCircleTravel(speed=50), GreatCircleTravel(speed=50)
    table = tuple(Point(30 + n / 1000, -97.0) for n in range(100))
    travel.legs(table[:1], table)
    assert len(pickle.dumps(travel)) == len(pickle.dumps(fresh))
    assert pickle.loads(pickle.dumps(travel)).legs(table[:1], table) == fresh.legs(table[:1], table)

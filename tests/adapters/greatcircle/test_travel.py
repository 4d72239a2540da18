"""Ways along great circles."""

import pytest

from hosanna_adapters.greatcircle import GreatCircleTravel
from hosanna_core.model.travel import Point


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

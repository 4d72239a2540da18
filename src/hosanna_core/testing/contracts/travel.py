"""The contract of `hosanna_core.ports.Travel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from hosanna_core.model.travel import NO_WAY, Point

if TYPE_CHECKING:
    from hosanna_core.ports import Travel

PLACES: Final = (Point(30.2747, -97.7404), Point(30.1975, -97.6664), Point(30.5083, -97.6789))
EDGES: Final = (Point(90, 0), Point(-90, 180), Point(0, 180), Point(0, -180), Point(0, 0))


class TravelContract:
    """Override `travel`."""

    @pytest.fixture
    def travel(self) -> Travel:
        """The travel under test."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'travel'")

    def test_there_is_a_row_for_each_origin_and_a_column_for_each_destination(self, travel: Travel) -> None:
        legs = travel.legs(PLACES, PLACES[:2])
        assert [len(row) for row in legs] == [2, 2, 2]
        assert travel.legs((), PLACES) is not None
        assert [len(row) for row in travel.legs(PLACES, ())] == [0, 0, 0]

    def test_the_way_to_the_same_place_is_none_and_to_another_it_takes_time(self, travel: Travel) -> None:
        legs = travel.legs(PLACES, PLACES)
        for origin, row in enumerate(legs):
            for destination, leg in enumerate(row):
                if origin == destination:
                    assert leg == NO_WAY
                else:
                    assert leg.seconds > 0
                    assert leg.metres > 0

    def test_asked_together_and_asked_alone_the_way_is_the_same(self, travel: Travel) -> None:
        legs = travel.legs(PLACES, PLACES)
        for origin, here in enumerate(PLACES):
            for destination, there in enumerate(PLACES):
                assert travel.legs([here], [there])[0][0] == legs[origin][destination]

    def test_the_way_to_a_place_that_nobody_has_told_is_none(self, travel: Travel) -> None:
        assert list(travel.legs([None], [None, *PLACES])[0]) == [NO_WAY] * 4
        assert [row[0] for row in travel.legs(PLACES, [None])] == [NO_WAY] * 3

    def test_no_two_places_of_the_globe_are_too_far_apart(self, travel: Travel) -> None:
        for row in travel.legs(EDGES, EDGES):
            for leg in row:
                assert leg.seconds >= 0
                assert leg.metres >= 0

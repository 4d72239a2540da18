"""Adding up the work: by the day on which a visit starts where its technician lives, with the ways between."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.ids import HOUR, MINUTE
from hosanna_core.model.schedule import Window
from hosanna_core.model.travel import Point
from hosanna_core.model.workload import BookedVisit, Load, Member, workload_document
from hosanna_core.rules.workload import AT_ONCE, spread, workload
from hosanna_core.testing.doubles import PlainTravel
from hosanna_core.testing.samples import id_of

TESS, THEO = id_of(1), id_of(2)
MIDNIGHT = 1_772_409_600_000
"""2026-03-02, a Monday, in UTC."""
HOME = Point(30.0, -97.0)
legs = PlainTravel().legs


def member(user_id=TESS, name="Tess", timezone="UTC", home=HOME):
    return Member(id=user_id, full_name=name, timezone=timezone, home=home)


def visit(number, start, end, *, whose=TESS, place=HOME, override=False):
    """A visit between these hours after midnight."""
    window = Window(MIDNIGHT + round(start * HOUR), MIDNIGHT + round(end * HOUR))
    return BookedVisit(
        job_id=id_of(number), technician_id=whose, window=window, place=place, override=override
    )


def only(report):
    (load,) = report.members
    return load


def test_a_day_goes_from_home_from_visit_to_visit_in_their_order_and_home_again():
    east, north = Point(30.0, -96.9), Point(30.2, -97.0)
    visits = [visit(2, 13, 15.5, place=north), visit(1, 8, 10, place=east)]
    load = only(workload([member()], visits, legs))
    # A tenth of a degree is 10 km: 10 out, 30 across by the grid, 20 back; a thousand seconds for 10 km.
    assert load.sum == Load(work=round(4.5 * HOUR), jobs=2, travel_seconds=6_000, travel_metres=60_000)
    assert [(day.date, day.load) for day in load.days] == [("2026-03-02", load.sum)]


def test_a_visit_belongs_to_the_day_on_which_it_starts_where_the_technician_lives():
    visits = [visit(1, 5, 6.5), visit(2, 23, 26), visit(3, 30, 31)]
    days = {
        zone: [
            (day.date, day.load.jobs) for day in only(workload([member(timezone=zone)], visits, legs)).days
        ]
        for zone in ("UTC", "America/Chicago", "Pacific/Auckland")
    }
    assert days == {
        "UTC": [("2026-03-02", 2), ("2026-03-03", 1)],
        "America/Chicago": [("2026-03-01", 1), ("2026-03-02", 1), ("2026-03-03", 1)],
        "Pacific/Auckland": [("2026-03-02", 1), ("2026-03-03", 2)],
    }


def test_a_way_whose_end_nobody_knows_counts_for_nothing_and_is_told():
    visits = [visit(1, 8, 9, place=None), visit(2, 9, 10, place=Point(30.1, -97.0))]
    load = only(workload([member()], visits, legs)).sum
    assert (load.travel_metres, load.unknown_ways) == (10_000, 2)
    homeless = only(workload([member(home=None)], visits, legs)).sum
    assert (homeless.travel_metres, homeless.unknown_ways) == (0, 3)


def test_what_was_booked_against_the_rules_is_marked_and_what_nobody_knows_counted():
    visits = [visit(1, 8, 10, override=True), visit(2, 9, 11), visit(3, 30, 31, override=None)]
    load = only(workload([member()], visits, legs))
    assert [day.load.overridden for day in load.days] == [(id_of(1),), ()]
    assert (load.sum.overridden, load.sum.overrides_unknown) == ((id_of(1),), 1)


def test_who_has_nothing_counts_in_the_spread():
    report = workload([member(THEO, "theo"), member()], [visit(1, 8, 12), visit(2, 13, 15)], legs)
    assert [load.member.full_name for load in report.members] == ["Tess", "theo"]
    assert report.members[1].days == ()
    assert (report.hours.mean, report.hours.least, report.hours.most) == (3, 0, 6)
    assert (report.hours.standard_deviation, report.hours.most_to_mean) == (3, 2)
    assert (report.jobs.mean, report.jobs.most_to_mean) == (1, 2)


def test_without_work_or_crew_nothing_is_divided_by_nothing():
    for members in ((), (member(),)):
        report = workload(members, (), legs)
        assert (report.hours.mean, report.hours.most_to_mean) == (0, None)


def test_a_day_of_many_visits_asks_for_its_ways_in_small_tables():
    asked = []

    def counted(origins, destinations):
        asked.append((len(origins), len(destinations)))
        return legs(origins, destinations)

    many = 3 * AT_ONCE + 5
    visits = [visit(n, 8 + n / 10, 8 + n / 10 + 0.1, place=Point(30.0 + n / 100, -97.0)) for n in range(many)]
    load = only(workload([member()], visits, counted)).sum
    assert load.travel_metres == 2 * (many - 1) * 1_000
    assert max(asked) <= (AT_ONCE, AT_ONCE)
    assert sum(origins for origins, _ in asked) == many + 1


places = st.none() | st.builds(Point, st.sampled_from((30.0, 30.1, 30.25)), st.sampled_from((-97.0, -97.3)))
visits_of = st.lists(
    st.builds(
        visit,
        st.integers(10, 10_000),
        st.floats(0, 100).map(lambda hours: round(hours, 1)),
        st.floats(100.5, 120).map(lambda hours: round(hours, 1)),
        whose=st.sampled_from((TESS, THEO)),
        place=places,
    ),
    max_size=25,
    unique_by=lambda each: each.job_id,
)


@given(visits=visits_of, zone=st.sampled_from(("UTC", "America/Chicago", "Asia/Kolkata")))
def test_nothing_is_lost_and_nothing_counted_twice(visits, zone):
    report = workload([member(timezone=zone), member(THEO, "Theo", zone, None)], visits, legs)
    assert sum(load.sum.jobs for load in report.members) == len(visits)
    assert sum(load.sum.work for load in report.members) == sum(
        each.window.end - each.window.start for each in visits
    )
    for load in report.members:
        assert load.sum.jobs == sum(day.load.jobs for day in load.days)
        assert load.sum.travel_seconds == sum(day.load.travel_seconds for day in load.days)
        assert [day.date for day in load.days] == sorted({day.date for day in load.days})
    assert report == workload([member(THEO, "Theo", zone, None), member(timezone=zone)], visits[::-1], legs)


@given(numbers=st.lists(st.integers(0, 1_000), min_size=1))
def test_the_spread_is_that_of_the_textbook(numbers):
    found = spread(numbers)
    mean = sum(numbers) / len(numbers)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in numbers) / len(numbers))
    assert found.mean == pytest.approx(mean)
    assert found.standard_deviation == pytest.approx(deviation)
    assert (found.least, found.most) == (min(numbers), max(numbers))


def test_the_document_rounds_what_people_read():
    visits = [visit(1, 8, 8 + 50 / 60, place=Point(30.01234, -97.0))]
    document = workload_document(
        Window(MIDNIGHT, MIDNIGHT + MINUTE), workload([member()], visits, legs), MIDNIGHT
    )
    (tess,) = document.technicians
    assert (tess.hours, tess.travel_minutes, tess.travel_km) == (0.83, 4, 2.5)
    assert (document.since, document.until) == ("2026-03-02T00:00:00Z", "2026-03-02T00:01:00Z")
    assert document.spread.technicians == 1

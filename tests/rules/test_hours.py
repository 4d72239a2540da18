"""Working hours are what the clock on the technician's wall says, whatever daylight saving does to it."""

import pytest

from hosanna_core.model.ids import HOUR
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import Availability, Calendar, Window
from hosanna_core.rules.assignment.fit import fit
from hosanna_core.rules.assignment.hours import last_day, local_day, shifts
from hosanna_core.usecases.forms import LATEST_END

CHICAGO = "America/Chicago"
EIGHT_TO_FIVE = ((8 * 60, 17 * 60),)
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), EIGHT_TO_FIVE)
ALL_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ((0, 1440),))


def between(start, end):
    return Window(to_millis(start), to_millis(end))


def works(hours, timezone=CHICAGO):
    return Availability(timezone=timezone, hours=hours)


def inside_hours(availability, window):
    calendar = Calendar(technician_id="tess", version=1, active=True, availability=availability)
    (hours,) = [each for each in fit(calendar, (), window, None, 0) if each.rule == "hours"]
    return hours.holds


# 2026-03-02 is a Monday; Chicago is six hours behind UTC in winter and five in summer. Its clocks go from 02:00 to
# 03:00 on Sunday, 2026-03-08, and from 02:00 back to 01:00 on Sunday, 2026-11-01.


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2026-03-02T08:00:00-06:00", "2026-03-02T17:00:00-06:00", True),
        ("2026-03-02T07:59:59.999-06:00", "2026-03-02T09:00:00-06:00", False),
        ("2026-03-02T16:00:00-06:00", "2026-03-02T17:00:00.001-06:00", False),
        ("2026-03-02T18:00:00-06:00", "2026-03-02T19:00:00-06:00", False),
        ("2026-03-07T09:00:00-06:00", "2026-03-07T10:00:00-06:00", False),
        ("2026-03-02T16:00:00-06:00", "2026-03-03T09:00:00-06:00", False),
        ("2026-07-06T08:00:00-05:00", "2026-07-06T17:00:00-05:00", True),
        ("2026-07-06T08:00:00-06:00", "2026-07-06T17:00:00-06:00", False),
        ("2026-03-02T14:00:00Z", "2026-03-02T23:00:00Z", True),
    ],
)
def test_a_visit_must_lie_wholly_within_the_hours_of_its_day(start, end, inside):
    assert inside_hours(works(WEEK), between(start, end)) == inside


def test_whoever_has_set_no_hours_is_always_there():
    assert inside_hours(Availability(), between("2026-03-01T03:00:00Z", "2026-03-09T03:00:00Z"))


def test_hours_until_24_00_join_those_of_the_next_morning():
    night = works({"mon": ((22 * 60, 1440),), "tue": ((0, 6 * 60),)})
    assert inside_hours(night, between("2026-03-02T22:00:00-06:00", "2026-03-03T06:00:00-06:00"))
    assert not inside_hours(night, between("2026-03-02T22:00:00-06:00", "2026-03-03T06:00:01-06:00"))


def test_hours_until_23_59_do_not():
    night = works({"mon": ((22 * 60, 1439),), "tue": ((0, 6 * 60),)})
    assert not inside_hours(night, between("2026-03-02T22:00:00-06:00", "2026-03-03T06:00:00-06:00"))


def test_two_shifts_that_touch_are_one_and_a_break_is_a_break():
    touching = works({"mon": ((480, 720), (720, 1020))})
    broken = works({"mon": ((480, 720), (780, 1020))})
    visit = between("2026-03-02T11:00:00-06:00", "2026-03-02T14:00:00-06:00")
    assert inside_hours(touching, visit)
    assert not inside_hours(broken, visit)


def test_shifts_that_are_told_in_any_order_or_overlap_are_understood():
    assert inside_hours(
        works({"mon": ((700, 1020), (480, 720))}),
        between("2026-03-02T08:00:00-06:00", "2026-03-02T17:00:00-06:00"),
    )


def test_the_day_on_which_the_clock_is_put_forward_has_23_hours():
    (day,) = shifts(
        works({"sun": ((0, 1440),)}), between("2026-03-08T12:00:00-05:00", "2026-03-08T13:00:00-05:00")
    )
    assert day == between("2026-03-08T00:00:00-06:00", "2026-03-09T00:00:00-05:00")
    assert day.end - day.start == 23 * 3_600_000


def test_the_day_on_which_it_is_put_back_has_25():
    (day,) = shifts(
        works({"sun": ((0, 1440),)}), between("2026-11-01T12:00:00-06:00", "2026-11-01T13:00:00-06:00")
    )
    assert day.end - day.start == 25 * 3_600_000


def test_a_visit_over_the_change_of_the_clocks_is_measured_in_local_time():
    night = works({"sun": ((60, 240),)})
    assert inside_hours(night, between("2026-03-08T01:00:00-06:00", "2026-03-08T04:00:00-05:00"))
    assert inside_hours(night, between("2026-11-01T01:00:00-05:00", "2026-11-01T04:00:00-06:00"))
    assert not inside_hours(night, between("2026-11-01T01:00:00-05:00", "2026-11-01T04:00:01-06:00"))


def test_hours_that_the_clock_leaps_over_do_not_exist_that_day():
    lost = works({"sun": ((120, 180),)})
    assert shifts(lost, between("2026-03-08T02:30:00-06:00", "2026-03-08T02:45:00-06:00")) == []
    assert not inside_hours(lost, between("2026-03-08T08:00:00Z", "2026-03-08T08:30:00Z"))


@pytest.mark.parametrize(
    ("timezone", "hours", "start", "end"),
    [
        (CHICAGO, (90, 150), "2026-03-08T01:30:00-06:00", "2026-03-08T03:00:00-05:00"),
        (CHICAGO, (150, 240), "2026-03-08T03:00:00-05:00", "2026-03-08T04:00:00-05:00"),
        ("America/Santiago", (0, 90), "2026-09-06T04:00:00Z", "2026-09-06T04:30:00Z"),
        ("Australia/Lord_Howe", (105, 135), "2026-10-03T15:15:00Z", "2026-10-03T15:30:00Z"),
    ],
)
def test_hours_that_begin_or_end_in_the_leap_of_the_clock_do_so_when_it_leaps(timezone, hours, start, end):
    at = to_millis(start)
    found = shifts(works({"sun": (hours,)}, timezone), Window(at, at + 1))
    assert found == [between(start, end)]


def test_hours_within_the_leap_of_the_clock_do_not_exist():
    lost = works({"sun": ((135, 165),)})
    assert shifts(lost, between("2026-03-08T07:00:00Z", "2026-03-08T10:00:00Z")) == []


def test_a_visit_of_several_days_needs_hours_without_a_gap():
    assert inside_hours(works(ALL_DAY), between("2026-03-06T08:00:00Z", "2026-03-10T08:00:00Z"))
    weekdays_only = {day: ALL_DAY[day] for day in WEEK}
    assert not inside_hours(
        works(weekdays_only), between("2026-03-06T08:00:00-06:00", "2026-03-09T08:00:00-05:00")
    )


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("UTC", "2026-03-02"),
        (CHICAGO, "2026-03-01"),
        ("Pacific/Auckland", "2026-03-02"),
        ("Pacific/Kiritimati", "2026-03-02"),
    ],
)
def test_the_day_of_an_instant_is_the_one_where_the_technician_lives(timezone, day):
    assert local_day(to_millis("2026-03-02T05:00:00Z"), timezone).isoformat() == day


def test_a_visit_until_midnight_belongs_to_the_day_before():
    until_midnight = between("2026-03-02T20:00:00-06:00", "2026-03-03T00:00:00-06:00")
    assert last_day(until_midnight, CHICAGO).isoformat() == "2026-03-02"
    longer = Window(until_midnight.start, until_midnight.end + 1)
    assert last_day(longer, CHICAGO).isoformat() == "2026-03-03"


@pytest.mark.parametrize("timezone", ["UTC", CHICAGO, "Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize(
    "window",
    [
        between("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"),
        Window(LATEST_END - HOUR, LATEST_END),
    ],
)
def test_the_first_and_the_last_windows_of_the_calendar_are_judged_in_every_zone(timezone, window):
    assert inside_hours(works(ALL_DAY, timezone), window)

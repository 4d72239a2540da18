"""SPEC section 5: each hard rule, on both sides of its boundary."""

import pytest

from hosanna_core.errors import HardRuleBroken
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.instants import to_millis
from hosanna_core.model.schedule import Availability, Skill, Visit, Window
from hosanna_core.rules.assignment.booking import FORGOTTEN_AFTER, book, free
from hosanna_core.rules.assignment.fit import demand_fit, fit
from hosanna_core.testing.samples import a_calendar, id_of

ME = id_of(903)
NOON = to_millis("2026-03-02T12:00:00Z")
VISIT = Window(NOON, NOON + HOUR)
JOB = id_of(1)


def visit(number, start, end, *, override=False):
    return Visit(id_of(number), Window(start, end), override)


def broken(calendar, window=VISIT, skills=(), job_id=JOB, now=NOON):
    return [verdict.rule for verdict in fit(calendar, skills, window, job_id, now) if not verdict.holds]


def available(**parts):
    return a_calendar(ME, availability=Availability(**parts))


def test_an_empty_calendar_takes_everything():
    assert broken(a_calendar(ME)) == []


def test_every_rule_is_told_also_those_that_hold():
    rules = [verdict.rule for verdict in fit(a_calendar(ME), (), VISIT, JOB, NOON)]
    assert rules == ["active", "skills", "hours", "time_off", "overlap", "daily_maximum"]


def test_a_job_without_a_window_is_judged_by_what_has_nothing_to_do_with_time():
    busy = a_calendar(ME, visits=(visit(2, NOON, NOON + DAY),))
    assert [verdict.rule for verdict in fit(busy, (), None, JOB, NOON)] == ["active", "skills"]


def test_whoever_is_not_active_takes_nothing():
    assert broken(a_calendar(ME, active=False)) == ["active"]


def test_whoever_has_another_role_by_now_is_not_said_to_have_no_account():
    told = [
        fit(a_calendar(ME, active=False, technician=technician), (), None, JOB, NOON)[0].reason
        for technician in (True, False)
    ]
    assert told == [
        "The technician's account is not active.",
        "The account is no technician's any more: it has another role.",
    ]


@pytest.mark.parametrize(
    ("held", "fits"),
    [
        ((), False),
        ((Skill("Solar"),), True),
        ((Skill("SOLAR", level=3),), True),
        ((Skill("Solar panels"),), False),
        ((Skill("Solar", expires_on="2026-03-02"),), True),
        ((Skill("Solar", expires_on="2026-03-01"),), False),
        ((Skill("Solar"), Skill("solar", expires_on="2020-01-01")), True),
    ],
)
def test_a_skill_counts_until_its_last_day(held, fits):
    assert (broken(available(skills=held), skills=("solar",)) == []) == fits


def test_every_required_skill_is_required():
    one = available(skills=(Skill("solar"),))
    verdict = fit(one, ("solar", "lift", "gas"), VISIT, JOB, NOON)[1]
    assert not verdict.holds
    assert verdict.reason == "On 2026-03-02 the technician does not hold: lift, gas."


def test_a_skill_is_judged_on_the_last_day_of_the_visit_where_the_technician_lives():
    evening = to_millis("2026-03-02T23:00:00-06:00")
    home = available(timezone="America/Chicago", skills=(Skill("solar", expires_on="2026-03-02"),))
    assert broken(home, Window(evening, evening + HOUR), ("solar",)) == []
    assert broken(home, Window(evening, evening + HOUR + 1), ("solar",)) == ["skills"]


def test_without_a_window_a_skill_is_judged_today():
    home = available(skills=(Skill("solar", expires_on="2026-03-02"),))
    assert broken(home, None, ("solar",), now=NOON) == []
    assert broken(home, None, ("solar",), now=NOON + DAY) == ["skills"]


@pytest.mark.parametrize(
    ("start", "end", "fits"),
    [
        (NOON - HOUR, NOON, True),
        (NOON - HOUR, NOON + 1, False),
        (NOON + HOUR - 1, NOON + DAY, False),
        (NOON + HOUR, NOON + DAY, True),
        (NOON + MINUTE, NOON + 2 * MINUTE, False),
        (NOON - DAY, NOON + DAY, False),
    ],
)
def test_time_off_and_other_visits_may_touch_a_visit_and_not_overlap_it(start, end, fits):
    assert broken(available(time_off=(Window(start, end),))) == ([] if fits else ["time_off"])
    assert broken(a_calendar(ME, visits=(visit(2, start, end),))) == ([] if fits else ["overlap"])


def test_the_jobs_own_booking_is_not_in_its_way():
    mine = a_calendar(ME, visits=(visit(1, NOON, NOON + HOUR),))
    assert broken(mine) == []
    assert broken(mine, job_id=id_of(2)) == ["overlap"]


def test_a_visit_that_was_booked_against_the_rules_is_in_the_way_like_any_other():
    assert broken(a_calendar(ME, visits=(visit(2, NOON, NOON + 1, override=True),))) == ["overlap"]


@pytest.mark.parametrize(("most", "fits"), [(1, False), (2, False), (3, True), (None, True)])
def test_fewer_visits_than_the_daily_maximum_leave_room_for_one(most, fits):
    two = tuple(visit(n, NOON + n * HOUR, NOON + n * HOUR + 1) for n in (2, 3))
    calendar = a_calendar(ME, visits=two, availability=Availability(daily_maximum=most))
    assert broken(calendar) == ([] if fits else ["daily_maximum"])


def test_the_daily_maximum_counts_days_where_the_technician_lives():
    midnight = to_millis("2026-03-03T00:00:00-06:00")
    full = a_calendar(
        ME,
        visits=(visit(2, midnight - 2 * HOUR, midnight - HOUR),),
        availability=Availability(timezone="America/Chicago", daily_maximum=1),
    )
    assert broken(full, Window(midnight - HOUR, midnight)) == ["daily_maximum"]
    assert broken(full, Window(midnight, midnight + HOUR)) == []
    assert broken(full, Window(midnight - 1, midnight + HOUR)) == ["daily_maximum"]


def test_a_visit_of_several_days_counts_on_each_of_them():
    long = a_calendar(
        ME, visits=(visit(2, NOON, NOON + 2 * DAY),), availability=Availability(daily_maximum=1)
    )
    day_after = Window(NOON + 3 * DAY, NOON + 3 * DAY + HOUR)
    assert broken(long, Window(NOON + DAY, NOON + DAY + HOUR)) == ["overlap", "daily_maximum"]
    assert broken(long, day_after) == []


@pytest.mark.parametrize(
    ("calendar", "skills", "code"),
    [
        (a_calendar(ME, active=False), (), "not_available"),
        (a_calendar(ME), ("solar",), "not_qualified"),
        (available(hours={"tue": ((0, 1440),)}), (), "not_available"),
        (available(time_off=(VISIT,)), (), "not_available"),
        (a_calendar(ME, visits=(visit(2, NOON, NOON + 1),)), (), "double_booking"),
        (
            a_calendar(
                ME,
                visits=(visit(2, NOON + HOUR, NOON + 2 * HOUR),),
                availability=Availability(daily_maximum=1),
            ),
            (),
            "not_available",
        ),
    ],
    ids=["active", "skills", "hours", "time off", "overlap", "daily maximum"],
)
def test_each_broken_rule_raises_the_error_of_the_page_with_the_whole_verdict(calendar, skills, code):
    with pytest.raises(HardRuleBroken) as refused:
        demand_fit(fit(calendar, skills, VISIT, JOB, NOON))
    assert refused.value.code == code
    assert len(refused.value.verdict) == 6
    assert [verdict.reason for verdict in refused.value.verdict if not verdict.holds] == [
        refused.value.detail
    ]


def test_a_booking_takes_the_place_of_the_jobs_former_one_and_keeps_the_others():
    calendar = a_calendar(ME, visits=(visit(1, NOON, NOON + HOUR), visit(2, NOON + DAY, NOON + DAY + 1)))
    booked = book(calendar, visit(1, NOON + 2 * DAY, NOON + 2 * DAY + 1), NOON)
    assert [each.job_id for each in booked.visits] == [id_of(2), id_of(1)]
    assert booked.version == calendar.version + 1


def test_freeing_gives_back_the_time_of_one_job_alone():
    calendar = a_calendar(ME, version=4, visits=(visit(1, NOON, NOON + HOUR), visit(2, NOON, NOON + HOUR)))
    freed = free(calendar, id_of(1), NOON)
    assert [each.job_id for each in freed.visits] == [id_of(2)]
    assert freed.version == 5


def test_visits_are_kept_in_order_of_time():
    calendar = a_calendar(ME)
    for number, start in ((1, 30), (2, 10), (3, 20)):
        calendar = book(calendar, visit(number, NOON + start, NOON + start + 1), NOON)
    assert [each.job_id for each in calendar.visits] == [id_of(2), id_of(3), id_of(1)]


def test_a_visit_that_ended_over_fifteen_days_ago_is_dropped_when_the_calendar_is_next_written():
    assert FORGOTTEN_AFTER == 15 * DAY
    now = NOON + 20 * DAY
    kept, gone = visit(2, now - 16 * DAY, now - 15 * DAY + 1), visit(3, now - 16 * DAY, now - 15 * DAY)
    calendar = a_calendar(ME, visits=(kept, gone))
    assert free(calendar, id_of(9), now).visits == (kept,)


def test_a_window_that_old_is_not_booked_at_all():
    booked = book(a_calendar(ME), visit(1, NOON - 30 * DAY, NOON - 29 * DAY), NOON)
    assert booked.visits == ()
    assert booked.version == 2

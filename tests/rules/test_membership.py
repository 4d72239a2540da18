"""What a change of a user does to the Administrators' guard and to the calendar of a technician."""

import itertools

import msgspec
import pytest

from hosanna_core.model.people import Revoked, Role
from hosanna_core.model.schedule import Availability, Visit, Window
from hosanna_core.rules.membership import MOST_REVOKED, changed, revised, without_session
from hosanna_core.testing.samples import START, a_calendar, a_user, id_of

ADMIN, MANAGER, TECH = Role.ADMINISTRATOR, Role.OFFICE_MANAGER, Role.TECHNICIAN
STATES = list(itertools.product((ADMIN, MANAGER, TECH), (True, False)))
MOVES = list(itertools.product((None, *STATES), STATES))


def state(role, active, version=1):
    return a_user(1, role=role, active=active, version=version)


def move(before, after, calendar=None, **parts):
    old = state(*before) if before else None
    return changed(
        old, state(*after, version=2 if before else 1), "user.updated", calendar, actor_id=None, **parts
    )


def calendar_of(before):
    role, active = before
    return a_calendar(id_of(1), version=3, active=active) if role is TECH else None


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_exactly_whoever_becomes_or_ceases_to_be_an_active_administrator_takes_or_leaves_a_seat(
    before, after
):
    seat = move(before, after, calendar_of(before) if before else None).seat
    was, is_ = before == (ADMIN, True), after == (ADMIN, True)
    assert (seat is None) == (was == is_)
    assert seat is None or (seat.user_id, seat.joins) == (id_of(1), is_)


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_technicians_calendar_knows_whether_they_may_be_booked(before, after):
    calendar = calendar_of(before) if before else None
    written = move(before, after, calendar).calendars
    bookable = after == (TECH, True)
    if (calendar is None and after[0] is not TECH) or (calendar is not None and after == before):
        assert written == ()
    else:
        assert [(each.active, each.technician, each.version) for each in written] == [
            (bookable, after[0] is TECH, calendar.version + 1 if calendar else 1)
        ]


def test_losing_the_role_keeps_bookings_and_availability_for_the_day_it_comes_back():
    visit = Visit(id_of(9), Window(START, START + 1))
    calendar = a_calendar(id_of(1), availability=Availability(daily_maximum=3), visits=(visit,))
    (gone,) = move((TECH, True), (MANAGER, True), calendar).calendars
    (back,) = move((MANAGER, True), (TECH, True), gone).calendars
    assert (gone.active, gone.technician) == (False, False)
    assert back == msgspec.structs.replace(calendar, version=3)


def test_availability_is_put_whole_and_leaves_the_bookings_alone():
    visit = Visit(id_of(9), Window(START, START + 1))
    calendar = a_calendar(id_of(1), availability=Availability(daily_maximum=3), visits=(visit,))
    change = move((TECH, True), (TECH, True), calendar, availability=Availability(timezone="Europe/Vienna"))
    (put,) = change.calendars
    assert put == msgspec.structs.replace(
        calendar, version=2, availability=Availability(timezone="Europe/Vienna")
    )
    assert change.events[0].fields == ("availability",)


def test_availability_can_be_put_before_there_is_a_calendar():
    (made,) = move((TECH, True), (TECH, True), None, availability=Availability(daily_maximum=2)).calendars
    assert (made.version, made.availability.daily_maximum) == (1, 2)


def test_the_event_goes_to_the_user_and_the_administrators_and_holds_no_value():
    change = changed(
        a_user(1), a_user(1, version=2, email="new@example.com"), "user.updated", None, actor_id=id_of(5)
    )
    (event,) = change.events
    assert (event.kind, event.key, event.actor_id) == ("user.updated", f"user|{id_of(1)}|2|0", id_of(5))
    assert [(to.user_id, to.role) for to in event.to] == [(id_of(1), None), (None, ADMIN)]
    assert event.fields == ("email",)
    assert (event.before, event.after) == (None, None)
    assert b"new@example.com" not in msgspec.json.encode(event)


def test_a_password_is_never_among_the_fields_that_an_event_names():
    change = changed(
        a_user(1), a_user(1, version=2, password_hash="other"), "user.updated", None, actor_id=None
    )
    assert change.events[0].fields == ()


def test_a_revision_is_one_version_and_its_time_does_not_run_back():
    user = a_user(1)
    after = revised(user, user.updated_at - 5, {"full_name": "Bo"})
    assert (after.version, after.updated_at, after.full_name) == (2, user.updated_at, "Bo")
    assert after.session_epoch == user.session_epoch
    assert revised(user, START, ends_sessions=True).session_epoch == user.session_epoch + 1


def test_a_session_that_ends_is_remembered_until_its_tokens_are_dead_and_the_others_go_on():
    after = without_session(a_user(1, session_epoch=4), id_of(7), START, START + 9)
    assert (after.session_epoch, after.revoked) == (4, (Revoked(id_of(7), START + 9),))
    assert after.caller.revoked == (id_of(7),)
    for now, kept in ((START + 8, 1), (START + 9, 0)):
        assert len(revised(after, now).revoked) == kept


def test_ending_all_sessions_needs_none_remembered():
    after = without_session(a_user(1), id_of(7), START, START + 9)
    ended = revised(after, START, ends_sessions=True)
    assert (ended.session_epoch, ended.revoked) == (1, ())


def test_who_ends_more_sessions_than_are_remembered_ends_all_of_them():
    user = a_user(1)
    for number in range(MOST_REVOKED):
        user = without_session(user, id_of(number), START, START + 9)
    assert (user.session_epoch, len(user.revoked)) == (0, MOST_REVOKED)
    later = without_session(user, id_of(999), START + 9, START + 18)
    assert (later.session_epoch, len(later.revoked)) == (0, 1)
    full = without_session(user, id_of(999), START, START + 9)
    assert (full.session_epoch, full.revoked) == (1, ())

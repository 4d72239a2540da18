"""Of two changes that race exactly one wins, and the other is told the truth."""

import pytest
from tests.usecases.firm import OVERLAPPING, PASSWORD, REASON, TOUCHING, VISIT, raising

from hosanna_core import errors
from hosanna_core.usecases import users
from hosanna_core.usecases.jobs import IfMatch, edit_job
from hosanna_core.usecases.judging import Unparsed
from hosanna_core.usecases.performing import TRIES


def refused(error, function, *args, **kwargs):
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value


def test_the_second_of_two_who_confirm_is_told_that_the_step_is_gone(firm):
    job = firm.create()
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "confirm")]
    assert (
        refused(errors.IllegalTransition, firm.do, firm.administrator, job, "confirm").status == "CONFIRMED"
    )
    assert firm.get(firm.administrator, job).version == 2


def test_the_second_of_two_who_confirm_with_if_match_is_told_that_its_version_is_old(firm):
    job = firm.create()
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "confirm")]
    late = refused(errors.PreconditionFailed, firm.do, firm.administrator, job, "confirm", if_match=1)
    assert late.current == 2


def test_a_step_that_is_still_there_after_somebody_elses_change_is_a_version_conflict(firm):
    job = firm.create()
    firm.ledger.before = [lambda: firm.patch(firm.administrator, job, {"title": "Another"})]
    refused(errors.VersionConflict, firm.do, firm.administrator, job, "confirm")
    now = firm.get(firm.administrator, job)
    assert (now.status, now.version, now.title) == ("TENTATIVE", 2, "Another")


def test_an_edit_that_comes_second_is_told_that_its_version_is_old(firm):
    job = firm.create()
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "confirm")]
    refused(errors.PreconditionFailed, firm.patch, firm.administrator, job, {"title": "Another"})
    assert firm.get(firm.administrator, job).title == job.title


def test_an_edit_of_any_version_that_comes_second_is_a_version_conflict(firm):
    job = firm.create()
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "confirm")]
    edit = (firm.ports, firm.administrator, job.id, Unparsed.of({"title": "Another"}))
    refused(errors.VersionConflict, edit_job, *edit, if_match=IfMatch(None))


def test_whoever_loses_the_right_to_see_the_job_meanwhile_finds_nothing(firm):
    job = firm.dispatched()
    firm.ledger.before = [lambda: firm.do(firm.office, job, "recall", **REASON)]
    refused(errors.NotFound, firm.do, firm.technician, job, "start")


def test_two_assignments_of_overlapping_visits_never_double_book(firm):
    one, other = firm.confirmed(window=VISIT), firm.confirmed(window=OVERLAPPING)
    mine = {"technician_id": firm.technician.id}
    firm.ledger.before = [lambda: firm.do(firm.administrator, other, "assign", **mine)]
    late = refused(errors.HardRuleBroken, firm.do, firm.administrator, one, "assign", **mine)
    assert late.code == "double_booking"
    assert firm.booked(firm.technician) == [other.id]


def test_two_assignments_that_do_not_touch_both_succeed_although_the_calendar_moved_between(firm):
    one, other = firm.confirmed(window=VISIT), firm.confirmed(window=TOUCHING)
    mine = {"technician_id": firm.technician.id}
    firm.ledger.before = [lambda: firm.do(firm.administrator, other, "assign", **mine)]
    firm.do(firm.administrator, one, "assign", **mine)
    assert set(firm.booked(firm.technician)) == {one.id, other.id}


def test_a_technician_who_is_deactivated_while_being_assigned_is_not_booked(firm):
    job = firm.confirmed(window=VISIT)

    def deactivate():
        users.set_active(firm.ports, firm.administrator, firm.technician.id, active=False, body=Unparsed(b""))

    firm.ledger.before = [deactivate]
    late = refused(
        errors.HardRuleBroken, firm.do, firm.administrator, job, "assign", technician_id=firm.technician.id
    )
    assert late.code == "not_available"


def test_whoever_finds_the_calendar_moved_every_time_is_told_to_come_back_after_five_tries(firm):
    job = firm.confirmed(window=VISIT)
    firm.ledger.always, firm.ledger.commits = raising(errors.StaleCalendar()), 0
    busy = refused(errors.Busy, firm.do, firm.administrator, job, "assign", technician_id=firm.technician.id)
    assert firm.ledger.commits == TRIES == 5
    assert busy.retry_after >= 1


def test_a_calendar_that_moved_four_times_is_no_hindrance(firm):
    job = firm.confirmed(window=VISIT)
    firm.ledger.before = [raising(errors.StaleCalendar())] * 4
    assert firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id).status == "ASSIGNED"


def test_the_change_of_a_user_is_decided_again_on_what_is_there_now(firm):
    def rename():
        patch = Unparsed.of({"full_name": "Theodora"})
        users.edit_user(firm.ports, firm.administrator, firm.technician.id, patch)

    firm.ledger.before = [rename]
    after = users.edit_user(
        firm.ports, firm.administrator, firm.technician.id, Unparsed.of({"phone": "+1 512 555 0111"})
    )
    assert (after.full_name, after.phone) == ("Theodora", "+1 512 555 0111")


@pytest.mark.parametrize("error", [errors.StaleVersion, errors.StaleCalendar])
def test_a_user_who_changes_all_the_time_makes_the_caller_come_back(firm, error):
    firm.ledger.always = raising(error())
    patch = Unparsed.of({"phone": "+1 512 555 0111"})
    refused(errors.Busy, users.edit_user, firm.ports, firm.administrator, firm.technician.id, patch)


def test_two_administrators_who_demote_each_other_leave_one(firm):
    other = firm.hire("second@example.com", "ADMINISTRATOR")
    role = Unparsed.of({"role": "OFFICE_MANAGER"})
    firm.ledger.before = [lambda: users.set_role(firm.ports, other, firm.administrator.id, role)]
    refused(errors.LastAdministrator, users.set_role, firm.ports, firm.administrator, other.id, role)
    assert firm.memory._state.administrators == {other.id}


def test_two_users_of_one_address_that_are_made_at_once_are_one(firm):
    firm.ledger.before = [lambda: firm.hire("new@example.com", "TECHNICIAN")]
    refused(errors.EmailTaken, firm.hire, "New@Example.com", "OFFICE_MANAGER")
    assert firm.ports.store.users.by_email("new@example.com").role == "TECHNICIAN"
    assert PASSWORD not in firm.ports.store.users.by_email("new@example.com").password_hash


def test_who_loses_the_race_for_the_same_reassignment_is_told_that_somebody_came_first(firm):
    job = firm.assigned()
    to_theo = {"technician_id": firm.another.id, "reason": "Sick"}
    firm.ledger.before = [lambda: firm.do(firm.administrator, job, "reassign", **to_theo)]
    refused(errors.VersionConflict, firm.do, firm.administrator, job, "reassign", **to_theo)

"""SPEC section 5: no technician is booked twice, and time that is not needed is given back."""

import pytest
from tests.usecases.firm import NOBODY, OVERLAPPING, REASON, TOUCHING, VISIT

from hosanna_core import errors
from hosanna_core.model.ids import DAY
from hosanna_core.model.schedule import Visit
from hosanna_core.usecases import users
from hosanna_core.usecases.judging import Unparsed


def refused(error, function, *args, **kwargs):
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    return caught.value


def assign(firm, job, technician=None, **body):
    return firm.do(
        firm.administrator, job, "assign", technician_id=(technician or firm.technician).id, **body
    )


def pointers(invalid):
    return [flaw.pointer for flaw in invalid.flaws]


def test_a_technician_is_not_booked_twice_at_one_time(firm):
    assign(firm, firm.confirmed(window=VISIT))
    job = firm.confirmed(window=OVERLAPPING)
    told = refused(errors.HardRuleBroken, assign, firm, job)
    assert told.code == "double_booking"
    assert [rule.rule for rule in told.verdict if not rule.holds] == ["overlap"]
    assert assign(firm, job, firm.another).technician_id == firm.another.id


def test_visits_that_only_touch_do_not_overlap(firm):
    assign(firm, firm.confirmed(window=VISIT))
    assert assign(firm, firm.confirmed(window=TOUCHING)).status == "ASSIGNED"


def test_a_job_without_a_window_can_be_assigned_and_occupies_no_time(firm):
    assign(firm, firm.confirmed(window=VISIT))
    assert assign(firm, firm.confirmed()).window is None
    assert len(firm.booked(firm.technician)) == 1


def test_the_window_that_comes_with_the_assignment_is_the_one_that_counts(firm):
    assign(firm, firm.confirmed(window=VISIT))
    job = assign(firm, firm.confirmed(window=OVERLAPPING), window=TOUCHING)
    assert job.window.start == firm.calendar(firm.technician).visits[1].window.start


def unassign(firm, job):
    firm.do(firm.administrator, job, "unassign", **REASON)


def reassign(firm, job):
    firm.do(firm.administrator, job, "reassign", technician_id=firm.another.id, **REASON)


def reschedule(firm, job):
    later = {"start": "2026-03-09T08:00:00Z", "end": "2026-03-09T10:00:00Z"}
    firm.do(firm.administrator, job, "reschedule", window=later, **REASON)


def cancel(firm, job):
    firm.do(firm.administrator, job, "cancel", **REASON)


def cancel_in_the_field(firm, job):
    firm.do(firm.office, job, "dispatch")
    cancel(firm, job)


def return_visit(firm, job):
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.technician, job, "start")
    firm.do(firm.administrator, job, "return_visit", **REASON)


def return_visit_from_hold(firm, job):
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.technician, job, "start")
    firm.do(firm.technician, job, "hold", **REASON)
    firm.do(firm.administrator, job, "return_visit", **REASON)


def reopen(firm, job):
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.technician, job, "start")
    firm.do(firm.technician, job, "complete")
    firm.do(firm.administrator, job, "reopen", **REASON)


FREEING = [
    unassign, reassign, reschedule, cancel, cancel_in_the_field, return_visit, return_visit_from_hold, reopen,
]  # fmt: skip


@pytest.mark.parametrize("leave", FREEING)
def test_time_is_given_back_by(firm, leave):
    job = assign(firm, firm.confirmed(window=VISIT))
    leave(firm, job)
    assert assign(firm, firm.confirmed(window=VISIT)).technician_id == firm.technician.id


def dispatch(firm, job):
    firm.do(firm.office, job, "dispatch")


def recall(firm, job):
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.office, job, "recall", **REASON)


def hold(firm, job):
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.technician, job, "start")
    firm.do(firm.technician, job, "hold", **REASON)


@pytest.mark.parametrize("stay", [dispatch, recall, hold])
def test_time_stays_taken_after(firm, stay):
    job = assign(firm, firm.confirmed(window=VISIT))
    stay(firm, job)
    assert refused(errors.HardRuleBroken, assign, firm, firm.confirmed(window=VISIT)).code == "double_booking"


def test_a_reassignment_obeys_the_hard_rules_and_leaves_everything_as_it_was_when_refused(firm):
    assign(firm, firm.confirmed(window=VISIT), firm.another)
    job = assign(firm, firm.confirmed(window=VISIT))
    before = firm.state()
    told = refused(
        errors.HardRuleBroken, firm.do, firm.administrator, job, "reassign",
        technician_id=firm.another.id, **REASON,
    )  # fmt: skip
    assert told.code == "double_booking"
    assert firm.state() == before


def test_a_reschedule_obeys_the_hard_rules(firm):
    assign(firm, firm.confirmed(window=TOUCHING))
    job = assign(firm, firm.confirmed(window=VISIT))
    told = refused(
        errors.HardRuleBroken, firm.do, firm.administrator, job, "reschedule", window=OVERLAPPING, **REASON
    )
    assert told.code == "double_booking"
    assert firm.do(firm.administrator, job, "reschedule", window=VISIT, **REASON).status == "ASSIGNED"


def test_an_override_books_anyway_and_is_recorded(firm):
    assign(firm, firm.confirmed(window=VISIT))
    job = assign(firm, firm.confirmed(window=VISIT), override=True)
    assert firm.calendar(firm.technician).visits[1] == Visit(job.id, job.window, override=True)
    last = firm.ports.store.jobs.history(job.id)[-1]
    assert b'"override":true' in last.sealed


def test_the_same_technician_is_no_reassignment(firm):
    job = assign(firm, firm.confirmed(window=VISIT))
    told = refused(
        errors.Invalid, firm.do, firm.administrator, job, "reassign",
        technician_id=firm.technician.id, override=True, **REASON,
    )  # fmt: skip
    assert pointers(told) == ["/technician_id"]


def test_nobody_but_a_technician_is_assigned(firm):
    job = firm.confirmed()
    for nobody in (firm.office.id, firm.administrator.id, NOBODY):
        told = refused(errors.Invalid, firm.do, firm.administrator, job, "assign", technician_id=nobody)
        assert pointers(told) == ["/technician_id"]


def test_a_window_shorter_than_the_work_is_invalid_wherever_it_comes_from(firm):
    long = {"duration_minutes": 121}
    assert pointers(refused(errors.Invalid, firm.create, window=VISIT, **long)) == ["/window"]
    job = firm.confirmed(**long)
    assert pointers(refused(errors.Invalid, assign, firm, job, window=VISIT)) == ["/window"]
    told = refused(errors.Invalid, firm.do, firm.administrator, job, "reschedule", window=VISIT, **REASON)
    assert pointers(told) == ["/window"]


def test_a_window_exactly_as_long_as_the_work_is_long_enough(firm):
    assert assign(firm, firm.confirmed(window=VISIT, duration_minutes=120)).status == "ASSIGNED"


def test_several_flaws_of_an_order_are_told_at_once(firm):
    job = firm.confirmed(duration_minutes=121)
    told = refused(
        errors.Invalid, firm.do, firm.administrator, job, "assign", technician_id=NOBODY, window=VISIT
    )
    assert pointers(told) == ["/window", "/technician_id"]


def put(firm, **availability):
    body = Unparsed.of({"timezone": "UTC", **availability})
    users.set_availability(firm.ports, firm.technician, firm.technician.id, body)


@pytest.mark.parametrize(
    ("availability", "code"),
    [
        ({"hours": {"tue": [["08:00", "17:00"]]}}, "not_available"),
        ({"time_off": [OVERLAPPING]}, "not_available"),
        ({"skills": [{"name": "solar", "expires_on": "2026-03-01"}]}, "not_qualified"),
    ],
)
def test_what_a_technician_says_of_themselves_decides(firm, availability, code):
    job = firm.confirmed(window=VISIT, required_skills=["solar"] if "skills" in availability else [])
    put(firm, **availability)
    assert refused(errors.HardRuleBroken, assign, firm, job).code == code


def test_a_daily_maximum_ends_the_day(firm):
    put(firm, daily_maximum=1)
    assign(firm, firm.confirmed(window=VISIT))
    assert (
        refused(errors.HardRuleBroken, assign, firm, firm.confirmed(window=TOUCHING)).code == "not_available"
    )


def test_a_deactivated_technician_is_not_available_and_a_former_one_is_no_technician(firm):
    users.set_active(firm.ports, firm.administrator, firm.technician.id, active=False, body=Unparsed(b""))
    assert refused(errors.HardRuleBroken, assign, firm, firm.confirmed()).code == "not_available"
    role = Unparsed.of({"role": "OFFICE_MANAGER"})
    users.set_role(firm.ports, firm.administrator, firm.another.id, role)
    assert pointers(refused(errors.Invalid, assign, firm, firm.confirmed(), firm.another)) == [
        "/technician_id"
    ]


def test_visits_long_gone_are_forgotten_when_the_calendar_is_next_written(firm):
    assign(firm, firm.confirmed(window=VISIT))
    firm.clock.step(120 * DAY)
    job = assign(firm, firm.confirmed())
    assert firm.booked(firm.technician) == []
    assert job.status == "ASSIGNED"

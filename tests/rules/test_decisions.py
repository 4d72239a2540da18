"""What each step does to a job, to the calendars, and whom it tells."""

import msgspec
import pytest
from tests.rules.tables import (
    ADMINISTRATOR,
    ANOTHER,
    NEEDS_A_REASON,
    OFFICE_MANAGER,
    STATUSES,
    STEPS,
    TECHNICIAN,
    job_in,
)

from hosanna_core.errors import HardRuleBroken, IllegalTransition, JobClosed, WindowLocked
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.details import Order
from hosanna_core.model.ids import HOUR
from hosanna_core.model.people import Capability
from hosanna_core.model.place import Place
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.model.status import Action, Priority, Status
from hosanna_core.rules import decisions
from hosanna_core.rules.history import OPEN_FIELDS
from hosanna_core.rules.keys import found_by
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle, Step
from hosanna_core.testing.samples import START, a_calendar, a_job, id_of

MORNING = Window(START, START + 2 * HOUR)
EVENING = Window(START + 8 * HOUR, START + 10 * HOUR)
NOW = START + 24 * HOUR
KEY = b"k" * 32
BOOKED = (Visit(a_job(1).id, MORNING),)


def calendars(**visits):
    """Both technicians' calendars; *visits* by name."""
    return {
        TECHNICIAN.id: a_calendar(TECHNICIAN.id, visits=visits.get("mine", ())),
        ANOTHER.id: a_calendar(ANOTHER.id, visits=visits.get("others", ())),
    }


def moved(status, action, known=None, *, job=None, owner=TECHNICIAN.id, **order):
    job = job or job_in(status, owner, window=MORNING)
    return decisions.transition(
        job,
        Action(action),
        Order(**{"reason": "Because" if action in NEEDS_A_REASON else None, **order}),
        known or calendars(mine=BOOKED),
        actor_id=ADMINISTRATOR.id,
        now=NOW,
    )


def visits_after(decision):
    return {calendar.technician_id: calendar.visits for calendar in decision.calendars}


def created():
    return decisions.create(
        decisions.details_of(a_job(1, description="Wall")),
        job_id=id_of(1),
        number=1,
        subject_key=KEY,
        customers_key=KEY,
        actor_id=ADMINISTRATOR.id,
        now=NOW,
        external_ref="P-1",
    )


def edited(job, **changes):
    details = msgspec.structs.replace(decisions.details_of(job), **changes)
    return decisions.edit(job, details, customers_key=KEY, actor_id=ADMINISTRATOR.id, now=NOW)


KINDS = {
    "assign": "job.assigned",
    "reassign": "job.assigned",
    "reschedule": "job.updated",
    "confirm": "job.status_changed",
    "dispatch": "job.status_changed",
    "start": "job.status_changed",
    "complete": "job.status_changed",
    "bill": "job.status_changed",
    "unassign": "job.status_changed",
    "return_visit": "job.status_changed",
    "reopen": "job.status_changed",
    "cancel": "job.status_changed",
    "recall": "job.status_changed",
    "hold": "job.status_changed",
    "resume": "job.status_changed",
}

ORDERS = {
    "assign": {"technician_id": TECHNICIAN.id},
    "reassign": {"technician_id": ANOTHER.id},
    "reschedule": {"window": EVENING},
}


def stepped(status, action):
    owner = None if status in ("TENTATIVE", "CONFIRMED") else TECHNICIAN.id
    return moved(status, action, owner=owner, **ORDERS.get(action, {}))


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_step_is_one_event_of_the_kind_that_the_page_names(status, action):
    event = stepped(status, action).event
    assert event.kind == KINDS[action]
    assert event.key == f"job|{event.subject.id}|{event.version}|0"
    assert (event.subject.kind, event.actor_id, event.at) == ("job", ADMINISTRATOR.id, NOW)


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_step_is_one_version_one_entry_and_tells_where_the_job_stood_before_and_after(status, action):
    decision = stepped(status, action)
    job, facts, event = decision.job, decision.facts, decision.event
    assert job.version == facts.version == event.version == 2
    assert (facts.action, facts.source, facts.target) == (action, status, STEPS[status, action])
    assert (facts.reason is not None) == (action in NEEDS_A_REASON)
    assert event.before == Place(status, None if status in ("TENTATIVE", "CONFIRMED") else TECHNICIAN.id)
    assert event.after == job.place
    assert ("status" in event.fields) == (status != job.status)
    assert set(facts.changes) <= set(event.fields)


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_a_stage_is_noted_when_it_is_reached_and_the_former_ones_stay(status, action):
    job = stepped(status, action).job
    reached = {STEPS[status, action]: NOW} if STEPS[status, action] != status else {}
    assert job.stages == {Status.TENTATIVE: a_job(1).created_at, **reached}
    assert (job.updated_at, job.created_at) == (NOW, a_job(1).created_at)


@pytest.mark.parametrize(("status", "action"), [cell for cell in STEPS if cell[1] == "cancel"])
def test_a_cancelled_job_keeps_its_technician_and_gives_the_time_back(status, action):
    owner = None if status in ("TENTATIVE", "CONFIRMED") else TECHNICIAN.id
    decision = moved(status, action, owner=owner)
    assert decision.job.technician_id == owner
    assert visits_after(decision) == ({TECHNICIAN.id: ()} if owner else {})


@pytest.mark.parametrize(
    ("status", "action"),
    [("IN_PROGRESS", "return_visit"), ("ON_HOLD", "return_visit"), ("COMPLETED", "reopen")],
)
def test_a_return_visit_and_a_reopening_clear_technician_and_window_and_keep_the_work_so_far(status, action):
    job = job_in(
        status, TECHNICIAN.id, window=MORNING, work_summary="Half of it", stages={Status.IN_PROGRESS: 5}
    )
    decision = moved(status, action, job=job)
    after = decision.job
    assert (after.status, after.technician_id, after.window) == ("CONFIRMED", None, None)
    assert (after.work_summary, after.stages[Status.IN_PROGRESS]) == ("Half of it", 5)
    assert visits_after(decision) == {TECHNICIAN.id: ()}
    assert decision.facts.changes == {"technician_id": None, "window": None}


def test_unassigning_clears_the_technician_and_keeps_the_window():
    decision = moved("ASSIGNED", "unassign")
    assert (decision.job.technician_id, decision.job.window) == (None, MORNING)
    assert visits_after(decision) == {TECHNICIAN.id: ()}


def test_a_reassignment_moves_the_booking_from_one_calendar_to_the_other():
    order = Order(technician_id=ANOTHER.id, window=EVENING, reason="Ill")
    decision = decisions.transition(
        job_in("ASSIGNED", TECHNICIAN.id, window=MORNING), Action.REASSIGN, order, calendars(mine=BOOKED),
        actor_id=ADMINISTRATOR.id, now=NOW,
    )  # fmt: skip
    assert visits_after(decision) == {TECHNICIAN.id: (), ANOTHER.id: (Visit(id_of(1), EVENING),)}
    assert [calendar.technician_id for calendar in decision.calendars] == sorted([TECHNICIAN.id, ANOTHER.id])


def test_rescheduling_an_assigned_job_moves_its_booking_and_a_confirmed_one_has_none():
    decision = moved("ASSIGNED", "reschedule", window=EVENING)
    assert visits_after(decision) == {TECHNICIAN.id: (Visit(id_of(1), EVENING),)}
    decision = moved("CONFIRMED", "reschedule", owner=None, window=EVENING)
    assert (decision.job.window, decision.calendars) == (EVENING, ())


def test_a_reschedule_is_judged_by_the_hard_rules_and_may_be_ordered_against_them():
    busy = calendars(mine=(*BOOKED, Visit(id_of(2), EVENING)))
    with pytest.raises(HardRuleBroken) as refused:
        moved("ASSIGNED", "reschedule", busy, window=EVENING)
    assert refused.value.code == "double_booking"
    decision = moved("ASSIGNED", "reschedule", busy, window=EVENING, override=True)
    assert visits_after(decision)[TECHNICIAN.id][0] == Visit(id_of(1), EVENING, override=True)


def test_an_override_books_anyway_and_is_recorded_in_calendar_and_history():
    busy = calendars(mine=(Visit(id_of(2), MORNING),))
    order = Order(technician_id=TECHNICIAN.id, override=True)
    decision = decisions.transition(
        job_in("CONFIRMED", window=MORNING), Action.ASSIGN, order, busy, actor_id=ADMINISTRATOR.id, now=NOW
    )
    assert Visit(id_of(1), MORNING, override=True) in visits_after(decision)[TECHNICIAN.id]
    assert decision.facts.changes == {"technician_id": TECHNICIAN.id, "override": True}


def test_a_job_without_a_window_occupies_no_time_and_still_writes_the_calendar_that_judged_it():
    busy = calendars(mine=(Visit(id_of(2), MORNING),))
    decision = decisions.transition(
        job_in("CONFIRMED"),
        Action.ASSIGN,
        Order(technician_id=TECHNICIAN.id),
        busy,
        actor_id=ADMINISTRATOR.id,
        now=NOW,
    )
    assert visits_after(decision) == {TECHNICIAN.id: (Visit(id_of(2), MORNING),)}
    assert decision.calendars[0].version == busy[TECHNICIAN.id].version + 1


@pytest.mark.parametrize(
    "action", ["dispatch", "start", "complete", "bill", "recall", "hold", "resume", "confirm"]
)
def test_the_other_steps_touch_no_calendar(action):
    status = next(source for source, each in STEPS if each == action)
    assert stepped(status, action).calendars == ()


def test_the_technician_is_told_at_dispatch_and_at_no_other_step():
    assert {action for status, action in STEPS if stepped(status, action).tells} == {"dispatch"}
    assert stepped("ASSIGNED", "dispatch").tells == (TECHNICIAN.id,)


def test_completing_and_billing_note_what_was_done_and_charged():
    done = moved("IN_PROGRESS", "complete", work_summary="New panel")
    assert (done.job.work_summary, done.facts.changes) == ("New panel", {"work_summary": "New panel"})
    billed = moved("COMPLETED", "bill", invoice_number="INV-1", amount="99.50")
    assert (billed.job.invoice_number, billed.job.amount) == ("INV-1", "99.50")


def test_a_window_that_is_given_again_is_no_change():
    assert moved("ASSIGNED", "reschedule", window=MORNING).facts.changes == {}


def test_a_decision_leaves_the_job_that_it_was_given_alone():
    job = job_in("TENTATIVE")
    before = msgspec.json.encode(job)
    moved("TENTATIVE", "confirm", job=job)
    assert msgspec.json.encode(job) == before


@pytest.mark.parametrize("technician_id", [TECHNICIAN.id, ANOTHER.id])
@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_calendar_that_a_step_writes_is_among_those_it_asked_for(status, action, technician_id):
    order = Order(**ORDERS.get(action, {}), reason="Because")
    if action == "reassign":
        other = TECHNICIAN if technician_id == ANOTHER.id else ANOTHER
        order = msgspec.structs.replace(order, technician_id=other.id)
    job = job_in(status, None if status in ("TENTATIVE", "CONFIRMED") else technician_id, window=MORNING)
    asked_for = decisions.concerned(job, Action(action), order)
    known = {key: value for key, value in calendars(mine=BOOKED, others=BOOKED).items() if key in asked_for}
    decision = decisions.transition(job, Action(action), order, known, actor_id=ADMINISTRATOR.id, now=NOW)
    assert {calendar.technician_id for calendar in decision.calendars} <= set(asked_for)


def test_a_new_job_is_tentative_version_one_and_tells_what_it_holds():
    decision = created()
    job = decision.job
    assert (job.status, job.standing, job.version, job.stages) == (
        "TENTATIVE",
        "TENTATIVE",
        1,
        {"TENTATIVE": NOW},
    )
    assert (decision.event.kind, decision.event.before, decision.event.after) == (
        "job.created",
        None,
        job.place,
    )
    assert (decision.facts.action, decision.facts.source, decision.facts.target) == (
        "create",
        None,
        "TENTATIVE",
    )
    assert decision.facts.changes["external_ref"] == "P-1"
    assert "window" not in decision.facts.changes


def test_an_event_names_what_changed_and_holds_no_value():
    told = msgspec.json.encode(edited(created().job, title="Ring Ann on +1 512", description=None).event)
    assert b"title" in told
    assert b"Ann" not in told


def test_an_edit_is_one_version_that_tells_only_what_changed():
    job = job_in("DISPATCHED", TECHNICIAN.id)
    decision = edited(job, title="Another", priority=Priority.HIGH)
    assert decision.facts.changes == {"title": "Another", "priority": "HIGH"}
    assert (decision.event.kind, set(decision.event.fields)) == ("job.updated", {"title", "priority"})
    assert (decision.facts.action, decision.facts.source, decision.facts.target) == (
        "edit",
        "DISPATCHED",
        "DISPATCHED",
    )
    assert (decision.job.version, decision.job.stages) == (job.version + 1, job.stages)


def test_an_edit_that_changes_nothing_is_nothing():
    assert edited(job_in("CONFIRMED")) is None


@pytest.mark.parametrize("status", STATUSES)
def test_a_job_is_edited_until_it_is_closed(status):
    if status in ("BILLED", "CANCELLED"):
        with pytest.raises(JobClosed):
            edited(job_in(status), title="Another")
    else:
        assert edited(job_in(status), title="Another").job.title == "Another"


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in ("BILLED", "CANCELLED")])
def test_an_edit_moves_the_window_only_while_the_job_is_tentative(status):
    if status == "TENTATIVE":
        assert edited(job_in(status), window=MORNING).job.window == MORNING
    else:
        with pytest.raises(WindowLocked):
            edited(job_in(status), window=MORNING)
    assert edited(job_in(status), arrival_window=MORNING).job.arrival_window == MORNING


def test_another_customer_is_found_by_other_keys_and_the_former_one_still_by_theirs():
    job = created().job
    after = edited(job, customer=Customer("Bo", "+1 512 555 0111", "bo@example.com")).job
    assert len(after.customer_keys) == len(job.customer_keys) + 2 == 5
    assert after.customer_keys[:3] == job.customer_keys
    back = edited(after, customer=job.customer).job
    assert back.customer_keys == after.customer_keys


def test_a_former_customer_is_forgotten_and_what_the_job_is_now_stays():
    job = job_in("TENTATIVE")
    bo = Customer("Bo", "+1 512 555 0111", "bo@example.com")
    job = edited(job, customer=bo).job
    decision = decisions.erase_past(
        job, customers_key=KEY, subject_key=b"n" * 32, actor_id=ADMINISTRATOR.id, now=NOW
    )
    after = decision.job
    assert decision.forgets
    assert after.customer_keys == found_by(bo, job.site, KEY)
    own = {"version": job.version + 1, "updated_at": NOW, "subject_key": b"n" * 32}
    assert after == msgspec.structs.replace(job, customer_keys=after.customer_keys, **own)
    assert decision.facts.changes.keys() >= OPEN_FIELDS - {"reason"}
    assert decision.facts.changes["customer"]["name"] == "Bo"


def test_a_closed_job_has_no_step_left_and_the_refusal_says_so():
    with pytest.raises(IllegalTransition, match=r"by 'reopen'\. BILLED is final\."):
        decisions.transition(job_in("BILLED"), Action.REOPEN, actor_id=OFFICE_MANAGER.id, now=NOW)


def test_a_step_of_ones_own_that_empties_only_the_window_gives_the_time_back_unjudged():
    postpone = Step(
        Action.RECALL, (Status.DISPATCHED,), Status.ASSIGNED, Capability.DISPATCH_TO_FIELD, ("window",)
    )
    lifecycle = Lifecycle(step if step.action is not Action.RECALL else postpone for step in STANDARD.steps)
    job = job_in("DISPATCHED", TECHNICIAN.id, window=MORNING)
    asked = decisions.concerned(job, Action.RECALL, Order(), lifecycle)
    retired = msgspec.structs.replace(a_calendar(TECHNICIAN.id, visits=BOOKED), active=False)
    decision = decisions.transition(
        job,
        Action.RECALL,
        Order(),
        {TECHNICIAN.id: retired},
        actor_id=OFFICE_MANAGER.id,
        now=NOW,
        lifecycle=lifecycle,
    )
    assert asked == (TECHNICIAN.id,)
    assert decision.job.technician_id == TECHNICIAN.id
    assert decision.job.window is None
    assert visits_after(decision) == {TECHNICIAN.id: ()}


@pytest.mark.parametrize("status", STATUSES)
def test_a_job_of_any_status_is_erased_keeps_what_bookkeeping_needs_and_gives_back_no_time(status):
    job = job_in(
        status, TECHNICIAN.id, window=MORNING, amount="9.50", invoice_number="I-7", work_summary="A safe"
    )
    decision = decisions.erase(job, subject_key=b"n" * 32, actor_id=ADMINISTRATOR.id, now=NOW)
    bare = decision.job
    assert (bare.title, bare.customer, bare.site) == ("(erased)", Customer("(erased)"), Site("(erased)"))
    assert (bare.description, bare.work_summary, bare.customer_keys) == (None, None, ())
    assert bare.subject_key == b"n" * 32
    kept = ("id", "number", "status", "standing", "stages", "window", "technician_id", "amount")
    assert all(
        getattr(bare, name) == getattr(job, name) for name in (*kept, "invoice_number", "external_ref")
    )
    assert (bare.version, bare.updated_at) == (job.version + 1, NOW)
    assert (decision.forgets, decision.calendars, decision.tells) == (True, (), ())
    assert (decision.facts.action, decision.facts.source, decision.facts.target) == ("erase", status, status)
    assert (decision.event.kind, decision.event.before) == ("job.updated", job.place)

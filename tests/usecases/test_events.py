"""SPEC section 4: every change becomes exactly one event, and a technician is told at dispatch."""

import msgspec
import pytest
from tests.rules.tables import NEEDS_A_REASON, STEPS, WHO
from tests.usecases.firm import PASSWORD, REASON
from tests.usecases.test_refusals import MAY, body_for

from hosanna_core.model.event import Address
from hosanna_core.usecases import access, users
from hosanna_core.usecases.access import Registration
from hosanna_core.usecases.judging import Unparsed

KINDS = {"assign": "job.assigned", "reassign": "job.assigned", "reschedule": "job.updated"}


def events_of(firm, work):
    """The events that *work* made."""
    before = len(firm.memory.events)
    work()
    return firm.memory.events[before:]


def the_event(firm, work):
    (event,) = events_of(firm, work)
    return event


def test_creating_is_job_created(firm):
    event = the_event(firm, firm.create)
    assert (event.kind, event.before, event.after.standing) == ("job.created", None, "TENTATIVE")


def test_an_edit_is_job_updated(firm):
    job = firm.create()
    event = the_event(firm, lambda: firm.patch(firm.administrator, job, {"title": "Another"}))
    assert (event.kind, event.fields, event.version) == ("job.updated", ("title",), 2)


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_step_is_one_event_of_its_kind(firm, status, action):
    job = firm.in_status(status)
    actor = firm.actor(MAY[WHO[action]])
    event, *others = events_of(firm, lambda: firm.do(actor, job, action, **body_for(firm, action)))
    assert [each.kind for each in others] == (["notification.created"] if action == "dispatch" else [])
    assert event.kind == KINDS.get(action, "job.status_changed")
    assert (event.subject.id, event.version, event.actor_id) == (job.id, job.version + 1, actor.id)
    assert (event.before, event.after) == (job.place, firm.get(firm.administrator, job).place)


def test_a_refusal_and_a_replay_are_no_events(firm):
    job = firm.create()
    firm.do(firm.administrator, job, "confirm", key="k")

    def nothing():
        firm.do(firm.administrator, job, "confirm", key="k")
        with pytest.raises(Exception, match="cannot be moved"):
            firm.do(firm.administrator, job, "confirm")

    assert events_of(firm, nothing) == ()


def test_no_event_holds_a_value_that_a_person_wrote(firm):
    firm.billed(description="Behind the false wall")
    told = msgspec.json.encode(firm.memory.events)
    for value in (
        b"Replace main panel",
        b"Ann Lee",
        b"512 555",
        b"Main St",
        b"false wall",
        b"tess@",
        PASSWORD.encode(),
    ):
        assert value not in told


def test_the_keys_of_events_are_unique(firm):
    firm.billed()
    keys = [event.key for event in firm.memory.events]
    assert len(set(keys)) == len(keys)


def account(firm, name, **body):
    return {
        "role": lambda: users.set_role(firm.ports, firm.administrator, firm.another.id, Unparsed.of(body)),
        "off": lambda: users.set_active(
            firm.ports, firm.administrator, firm.another.id, active=False, body=Unparsed(b"")
        ),
        "edit": lambda: users.edit_user(firm.ports, firm.administrator, firm.another.id, Unparsed.of(body)),
        "own": lambda: users.edit_own_profile(firm.ports, firm.another, Unparsed.of(body)),
        "hours": lambda: users.set_availability(firm.ports, firm.another, firm.another.id, Unparsed.of(body)),
    }[name]


@pytest.mark.parametrize(
    ("name", "body", "kind", "field"),
    [
        ("role", {"role": "OFFICE_MANAGER"}, "user.role_changed", "role"),
        ("off", {}, "user.deactivated", "active"),
        ("edit", {"email": "other@example.com"}, "user.updated", "email"),
        ("own", {"phone": "+1 512 555 0111"}, "user.updated", "phone"),
        ("hours", {"timezone": "UTC"}, "user.updated", "availability"),
    ],
)
def test_every_change_of_a_user_is_one_event_for_them_and_the_administrators(firm, name, body, kind, field):
    event = the_event(firm, account(firm, name, **body))
    assert (event.kind, event.fields) == (kind, (field,))
    assert event.to == (Address(user_id=firm.another.id), Address(role="ADMINISTRATOR"))
    assert (event.before, event.after) == (None, None)


def test_letting_somebody_in_again_is_an_event_and_letting_in_who_is_in_is_none(firm):
    account(firm, "off")()

    def activate():
        users.set_active(firm.ports, firm.administrator, firm.another.id, active=True, body=Unparsed(b""))

    assert the_event(firm, activate).kind == "user.activated"
    assert events_of(firm, activate) == ()


def test_making_and_registering_a_user_is_one_event_and_registering_a_known_address_none(firm):
    assert the_event(firm, lambda: firm.hire("new@example.com", "OFFICE_MANAGER")).kind == "user.created"
    form = Unparsed.of({"email": "newer@example.com", "password": PASSWORD, "full_name": "New"})

    def register():
        access.register(firm.ports, form, Registration.APPROVAL)

    assert the_event(firm, register).kind == "user.created"
    assert events_of(firm, register) == ()


def inbox(firm, actor):
    return firm.ports.store.inboxes.notices(actor.id, None, 10)


def test_a_technician_is_told_at_dispatch_and_nobody_else_is(firm):
    job = firm.assigned()
    assert inbox(firm, firm.technician) == []
    firm.do(firm.office, job, "dispatch")
    (notice,) = inbox(firm, firm.technician)
    assert (notice.job_id, notice.user_id, notice.read_at) == (job.id, firm.technician.id, None)
    for actor in (firm.administrator, firm.office, firm.another):
        assert inbox(firm, actor) == []


def test_each_dispatch_is_told_and_no_other_step_is(firm):
    job = firm.dispatched()
    firm.do(firm.office, job, "recall", **REASON)
    firm.do(firm.administrator, job, "reassign", technician_id=firm.another.id, **REASON)
    firm.do(firm.office, job, "dispatch")
    firm.do(firm.another, job, "start")
    firm.do(firm.another, job, "complete")
    firm.do(firm.office, job, "bill")
    assert [len(inbox(firm, actor)) for actor in (firm.technician, firm.another)] == [1, 1]


def test_a_notice_holds_no_text_of_the_job(firm):
    firm.dispatched()
    assert b"panel" not in msgspec.json.encode(inbox(firm, firm.technician))


def test_the_reason_stands_in_the_history_and_not_in_the_event(firm):
    job = firm.create()
    event = the_event(firm, lambda: firm.do(firm.administrator, job, "cancel", reason="Their mother is ill"))
    assert b"mother" not in msgspec.json.encode(event)
    assert "cancel" in NEEDS_A_REASON

"""Who follows a job is told when it moves on, as long as they see it."""

import dataclasses

import msgspec
import pytest
from tests.rules.tables import STEPS, WHO
from tests.usecases.firm import A_DEVICE, FIELDS, NOBODY, REASON, pointers, refused
from tests.usecases.test_refusals import MAY, body_for

from hosanna_core.errors import Invalid, NotFound, StaleCalendar, VersionConflict
from hosanna_core.model.notice import Channel
from hosanna_core.usecases import following, pushing, users
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed.of({})
KEEPS_THE_STATUS = {"reassign", "reschedule"}


def follow(firm, actor, job):
    following.follow_job(firm.ports, actor, job.id, NOTHING)


def unfollow(firm, actor, job):
    following.unfollow_job(firm.ports, actor, job.id, NOTHING)


def follows(firm, actor, job):
    return following.follows_job(firm.ports, actor, job.id, {})


def told(firm, actor):
    """What is in somebody's inbox, the oldest first: kind and status."""
    notices = firm.ports.store.inboxes.notices(actor.id, None, 99)
    return [(notice.kind, notice.status) for notice in reversed(notices)]


def choose(firm, actor, **kinds):
    wanted = {kind.replace("_", ".", 1): ways for kind, ways in kinds.items()}
    users.edit_own_profile(firm.ports, actor, Unparsed.of({"preferences": {"notifications": wanted}}))


def test_who_follows_does_until_they_do_not(firm):
    job = firm.confirmed()
    assert not follows(firm, firm.office, job)
    for _ in range(2):
        follow(firm, firm.office, job)
        assert follows(firm, firm.office, job)
    assert not follows(firm, firm.administrator, job)
    for _ in range(2):
        unfollow(firm, firm.office, job)
        assert not follows(firm, firm.office, job)


@pytest.mark.parametrize("act", [follow, unfollow, follows])
def test_a_job_that_one_may_not_see_is_not_there_to_be_followed(firm, act):
    tentative, assigned = firm.create(), firm.assigned()
    refused(NotFound, act, firm, firm.office, tentative)
    refused(NotFound, act, firm, firm.technician, assigned)
    dispatched = firm.dispatched()
    act(firm, firm.technician, dispatched)
    refused(NotFound, act, firm, firm.another, dispatched)
    recalled = firm.do(firm.office, dispatched, "recall", **REASON)
    refused(NotFound, act, firm, firm.technician, recalled)


def test_a_job_that_is_not_there_is_hidden_alike(firm):
    wrong = Unparsed.of({"x": 1})
    for function in (following.follow_job, following.unfollow_job):
        refused(NotFound, function, firm.ports, firm.administrator, NOBODY, wrong)
        assert refused(Invalid, function, firm.ports, firm.administrator, firm.create().id, wrong)
    refused(NotFound, following.follows_job, firm.ports, firm.administrator, NOBODY, {"x": ["1"]})
    job = firm.create().id
    refused(Invalid, following.follows_job, firm.ports, firm.administrator, job, {"x": ["1"]})


@pytest.mark.parametrize(("status", "action"), STEPS)
def test_every_action_that_changes_the_status_is_told_to_those_who_follow_and_see_it_then(
    firm, status, action
):
    """The second Administrator follows: they see all. What each of the others sees is the page's."""
    second = firm.hire("second@example.com", "ADMINISTRATOR")
    job = firm.in_status(status)
    for actor in (second, firm.office, firm.technician):
        firm.ports.store.followers.follow(actor.id, job.id)
    before = {actor: len(told(firm, actor)) for actor in (second, firm.office, firm.technician)}
    doer = firm.actor(MAY[WHO[action]])
    moved = firm.do(doer, job, action, **body_for(firm, action))
    for actor, count in before.items():
        news = told(firm, actor)[count:]
        if actor == doer or action in KEEPS_THE_STATUS:
            assert news == []
        elif action == "dispatch" and actor == firm.technician:
            assert news == [("job.dispatched", None)]
        elif actor == second or sees(firm, actor, moved):
            assert news == [("job.status_changed", moved.status)]
        else:
            assert news == []


def sees(firm, actor, job):
    try:
        firm.get(actor, job)
    except NotFound:
        return False
    return True


def test_who_moves_a_job_that_they_follow_knows_and_is_not_told(firm):
    job = firm.assigned()
    follow(firm, firm.office, job)
    firm.do(firm.office, job, "dispatch")
    assert told(firm, firm.office) == []
    firm.do(firm.technician, job, "start")
    assert told(firm, firm.office) == [("job.status_changed", "IN_PROGRESS")]


def test_who_is_told_of_the_dispatch_is_not_told_of_the_status_too(firm):
    job = firm.dispatched()
    follow(firm, firm.technician, job)
    firm.do(firm.office, job, "recall", **REASON)
    firm.do(firm.office, job, "dispatch")
    assert told(firm, firm.technician) == [("job.dispatched", None)] * 2


def test_an_edit_and_a_new_job_are_no_moves(firm):
    job = firm.confirmed()
    follow(firm, firm.office, job)
    firm.patch(firm.administrator, job, {"title": "Another"})
    assert told(firm, firm.office) == []


def test_who_was_deactivated_or_lost_sight_is_not_told(firm):
    second = firm.hire("second@example.com", "OFFICE_MANAGER")
    third = firm.hire("third@example.com", "OFFICE_MANAGER")
    job = firm.confirmed()
    for actor in (second, third):
        follow(firm, actor, job)
    users.set_active(firm.ports, firm.administrator, second.id, active=False, body=NOTHING)
    users.set_role(firm.ports, firm.administrator, third.id, Unparsed.of({"role": "TECHNICIAN"}))
    firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    assert (told(firm, second), told(firm, third)) == ([], [])


def test_the_notice_is_in_the_commit_of_the_change_or_neither_is(firm):
    job = firm.assigned()
    follow(firm, firm.administrator, job)
    firm.ledger.before.append(lambda: firm.patch(firm.administrator, job, {"title": "Another"}))
    refused(VersionConflict, firm.do, firm.office, job, "dispatch")
    assert (told(firm, firm.administrator), told(firm, firm.technician)) == ([], [])
    firm.do(firm.office, job, "dispatch")
    assert told(firm, firm.administrator) == [("job.status_changed", "DISPATCHED")]


def test_a_change_that_is_decided_again_tells_once_and_those_who_follow_by_then(firm):
    job = firm.assigned(window={"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T10:00:00Z"})
    follow(firm, firm.office, job)

    def meddle():
        follow(firm, firm.administrator, job)
        unfollow(firm, firm.office, job)
        raise StaleCalendar

    second = firm.hire("second@example.com", "ADMINISTRATOR")
    firm.ledger.before.append(meddle)
    firm.do(second, job, "unassign", **REASON)
    assert told(firm, firm.office) == []
    assert told(firm, firm.administrator) == [("job.status_changed", "CONFIRMED")]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("email", [True, False])
def test_each_is_told_on_the_ways_that_they_chose_for_the_kind(firm, live, email):
    choose(firm, firm.office, job_status_changed={"live": live, "email": email, "push": False})
    choose(firm, firm.technician, job_dispatched={"live": live, "email": email, "push": True})
    job = firm.assigned()
    follow(firm, firm.office, job)
    firm.do(firm.office, job, "dispatch")
    moved = firm.do(firm.technician, job, "start")
    (to_office,) = firm.ports.store.inboxes.notices(firm.office.id, None, 9)
    (to_technician,) = firm.ports.store.inboxes.notices(firm.technician.id, None, 9)
    by_email = (Channel.EMAIL,) if email else ()
    assert (to_office.live, to_office.channels) == (live, by_email)
    assert to_office.due_at == (moved.updated_at if email else None)
    assert (to_technician.live, to_technician.channels) == (live, (*by_email, Channel.PUSH))
    assert to_technician.due_at == to_technician.created_at


def test_where_nothing_is_pushed_nothing_waits_for_it(firm):
    class NoPusher:
        public_key = None

    firm.ports = dataclasses.replace(firm.ports, pusher=NoPusher())
    pushing.subscribe(firm.ports, firm.technician, Unparsed.of(A_DEVICE))
    firm.dispatched()
    (notice,) = firm.ports.store.inboxes.notices(firm.technician.id, None, 9)
    assert (notice.channels, notice.due_at) == ((), None)


class Counting:
    """Counts the calls of a port."""

    def __init__(self, port):
        self._port = port
        self.calls = []

    def __getattr__(self, name):
        self.calls.append(name)
        return getattr(self._port, name)


def test_a_job_that_nobody_follows_costs_one_read_more_when_it_moves_and_none_when_it_does_not(firm):
    job = firm.confirmed()
    followers, people = (Counting(getattr(firm.ports.store, name)) for name in ("followers", "users"))
    firm.ports = firm.ports_with(followers=followers, users=people)
    firm.do(firm.administrator, job, "cancel", **REASON)
    assert (followers.calls, people.calls) == (["of"], [])
    firm.create()
    other = firm.create(**{**FIELDS, "title": "Other"})
    firm.patch(firm.administrator, other, {"title": "Another"})
    assert (followers.calls, people.calls) == (["of"], [])


def test_choices_that_are_none_are_named_each_where_it_stands(firm):
    def wrong(notifications):
        body = Unparsed.of({"preferences": {"notifications": notifications}})
        edits = (
            (users.edit_own_profile, firm.technician),
            (users.edit_user, firm.administrator, firm.technician.id),
        )
        own, by_office = (pointers(refused(Invalid, edit, firm.ports, *who, body)) for edit, *who in edits)
        assert own == by_office
        return [pointer.removeprefix("/preferences/notifications") for pointer in own]

    assert wrong({"job.dispatched": {"live": 1, "email": "yes", "fax": True}, "job.flown": {}}) == [
        "/job.dispatched/email", "/job.dispatched/fax", "/job.dispatched/live", "/job.flown",
    ]  # fmt: skip
    assert wrong({"announcement": [True]}) == ["/announcement"]
    assert wrong("loud") == wrong([]) == wrong(True) == [""]


def test_choices_are_merged_and_taken_back_one_by_one(firm):
    choose(firm, firm.technician, job_dispatched={"live": False, "email": True})
    choose(firm, firm.technician, job_dispatched={"live": None}, announcement={"push": False})
    assert firm.user(firm.technician).preferences == {
        "notifications": {"job.dispatched": {"email": True}, "announcement": {"push": False}}
    }
    body = Unparsed.of({"preferences": {"notifications": None, "theme": "dark"}})
    users.edit_own_profile(firm.ports, firm.technician, body)
    assert firm.user(firm.technician).preferences == {"theme": "dark"}


def test_choices_of_before_that_cannot_be_read_stand_in_nobodys_way(firm):
    state = firm.memory._state
    state.users[firm.technician.id] = msgspec.structs.replace(
        firm.user(firm.technician), preferences={"notifications": "loud", "theme": "dark"}
    )
    firm.dispatched()
    (notice,) = firm.ports.store.inboxes.notices(firm.technician.id, None, 9)
    assert (notice.live, notice.channels) == (True, (Channel.PUSH,))
    users.edit_own_profile(firm.ports, firm.technician, Unparsed.of({"phone": "1"}))
    assert firm.user(firm.technician).preferences == {"theme": "dark"}

"""What an Administrator tells everybody or a role: once, to whom it is meant, until it expires."""

import pytest
from tests.usecases.firm import MINUTE, pointers, raising, refused

from hosanna_core.errors import Busy, Invalid, KeyReused, NotFound, PermissionDenied
from hosanna_core.model.event import Address, Ref
from hosanna_core.model.instants import to_text
from hosanna_core.model.notice import Channel
from hosanna_core.model.people import Actor, Role
from hosanna_core.usecases import announcing, inbox, users
from hosanna_core.usecases.judging import Unparsed

CLOSED = {"title": "The yard is closed", "body": "On Monday.\nFetch what you need on Friday."}


def announce(firm, by=None, key=None, **more):
    by = by or firm.administrator
    body = {**CLOSED, **more}
    once = None if key is None else firm.once(by, "POST /announcements", key, body)
    return announcing.make_announcement(firm.ports, by, Unparsed.of(body), once=once)


def listed(firm, actor, **query):
    asked = {name: [value] for name, value in query.items()}
    return announcing.list_announcements(firm.ports, actor, asked)


def ids(firm, actor):
    return [each.id for each in listed(firm, actor)[0]]


def notices(firm, actor):
    return firm.ports.store.inboxes.notices(actor.id, None, 99)


def everybody(firm):
    return (firm.administrator, firm.office, firm.technician, firm.another)


def test_everybody_is_told_in_one_commit_and_finds_it_in_their_inbox(firm):
    before, commits = firm.memory._state.log.end, firm.ledger.commits
    made = announce(firm)
    assert firm.ledger.commits == commits + 1
    event, *others = list(firm.memory._state.log.events)[before:]
    assert (event.kind, event.key) == ("announcement.created", f"announcement|{made.id}|1|0")
    assert (event.subject, event.actor_id) == (Ref("announcement", made.id), firm.administrator.id)
    assert event.to == tuple(Address(role=role) for role in Role)
    assert [each.kind for each in others] == ["notification.created"] * 4
    for actor in everybody(firm):
        (item,) = inbox.list_notifications(firm.ports, actor, {}).items
        assert (item.kind, item.title, item.body) == ("announcement", CLOSED["title"], CLOSED["body"])
        assert item.job_id is None


@pytest.mark.parametrize("role", list(Role))
def test_who_has_the_role_is_told_and_nobody_else(firm, role):
    made = announce(firm, role=role.value)
    for actor in everybody(firm):
        assert [each.announcement_id for each in notices(firm, actor)] == [made.id] * (actor.role is role)
        # Administrators see what they and their like have told others.
        assert ids(firm, actor) == [made.id] * (actor.role in (role, Role.ADMINISTRATOR))
    (event,) = [each for each in firm.memory._state.log.events if each.kind == "announcement.created"]
    assert event.to == (Address(role=role),)


def test_who_wrote_it_has_read_it(firm):
    announce(firm)
    unread = [inbox.list_notifications(firm.ports, actor, {}).unread for actor in everybody(firm)]
    assert unread == [0, 1, 1, 1]


def test_who_is_not_active_is_not_told_and_who_comes_later_finds_it_in_the_list_alone(firm):
    users.set_active(firm.ports, firm.administrator, firm.another.id, active=False, body=Unparsed.of({}))
    made = announce(firm)
    assert notices(firm, firm.another) == []
    late = firm.hire("late@example.com", "TECHNICIAN")
    assert (notices(firm, late), ids(firm, late)) == ([], [made.id])


def test_more_people_than_one_page_of_them_holds_are_all_told(firm):
    form = {"email": "x@example.com", "password": "long enough 1", "full_name": "X", "role": "TECHNICIAN"}
    for number in range(405):
        users.create_user(
            firm.ports, firm.administrator, Unparsed.of({**form, "email": f"t{number}@example.com"})
        )
    made = announce(firm, role="TECHNICIAN")
    told = [
        user_id
        for user_id, kept in firm.memory._state.inboxes.items()
        if [each.announcement_id for each in kept.values()] == [made.id]
    ]
    assert len(told) == 407


@pytest.mark.parametrize("name", ["office", "technician"])
def test_only_an_administrator_announces(firm, name):
    before = firm.state()
    denied = refused(PermissionDenied, announce, firm, firm.actor(name), title=5)
    assert denied.rule == "duty.announce"
    assert firm.state() == before


def test_what_is_wrong_with_it_is_named_all_at_once(firm):
    before = firm.state()
    wrong = {
        "title": " ", "body": "x" * 5_001, "role": "BOSS", "expires_at": to_text(firm.clock.now()), "to": "all",
    }  # fmt: skip
    flaws = refused(Invalid, announce, firm, **wrong)
    assert pointers(flaws) == ["/body", "/expires_at", "/role", "/title", "/to"]
    for field in (
        {"title": "two\nlines"},
        {"title": "x" * 201},
        {"title": None},
        {"body": "\x00"},
        {"body": 5},
    ):
        assert pointers(refused(Invalid, announce, firm, **field)) == [f"/{next(iter(field))}"]
    assert firm.state() == before


def test_from_its_end_on_nobody_is_shown_it_any_more(firm):
    end = firm.clock.now() + MINUTE
    made = announce(firm, title="Soon over", expires_at=to_text(end))
    announce(firm, role="TECHNICIAN")
    assert made.expires_at == end
    firm.clock.step(MINUTE - 1)
    assert len(ids(firm, firm.technician)) == 2
    assert inbox.list_notifications(firm.ports, firm.technician, {}).unread == 2
    firm.clock.step(1)
    for actor in everybody(firm):
        assert made.id not in ids(firm, actor)
        assert made.title not in [
            each.title for each in inbox.list_notifications(firm.ports, actor, {}).items
        ]
    found = inbox.list_notifications(firm.ports, firm.technician, {})
    assert (len(found.items), found.unread) == (1, 1)
    assert inbox.list_notifications(firm.ports, firm.office, {}).items == []


def test_who_is_not_of_the_role_any_more_is_not_shown_it_in_the_inbox_either(firm):
    announce(firm, role="OFFICE_MANAGER")
    (notice,) = notices(firm, firm.office)
    for role, shown in ((Role.OFFICE_MANAGER, True), (Role.TECHNICIAN, False), (Role.ADMINISTRATOR, True)):
        (item,) = inbox.notification_documents(firm.ports, Actor(firm.office.id, role), [notice])
        assert (item.title == CLOSED["title"]) is shown
        assert (CLOSED["body"] in item.body) is shown


def test_the_list_is_paged_the_newest_first(firm):
    made = []
    for _ in range(5):
        firm.clock.step(1)
        made.append(announce(firm).id)
    found, cursor = listed(firm, firm.technician, limit="2")
    while cursor is not None:
        more, cursor = listed(firm, firm.technician, limit="2", cursor=cursor)
        found += more
    assert [each.id for each in found] == made[::-1]
    assert pointers(refused(Invalid, listed, firm, firm.technician, limit="0", role="TECHNICIAN")) == [
        "/limit", "/role",
    ]  # fmt: skip


def test_with_a_key_it_is_told_once_however_often_it_is_said(firm):
    first = announce(firm, key="k")
    firm.clock.step(MINUTE)
    assert announce(firm, key="k") == first
    assert [len(notices(firm, actor)) for actor in everybody(firm)] == [1] * 4
    refused(KeyReused, announce, firm, key="k", title="Another")
    assert announce(firm).id != first.id


def test_a_crash_between_the_commit_and_the_answer_tells_nobody_twice(firm):
    def committed_all_the_same():
        announce(firm, key="k")
        raise Busy

    firm.ledger.before.append(committed_all_the_same)
    assert announce(firm, key="k").title == CLOSED["title"]
    assert [len(notices(firm, actor)) for actor in everybody(firm)] == [1] * 4


def test_a_refusal_keeps_no_key(firm):
    refused(Invalid, announce, firm, key="k", title=" ")
    firm.ledger.before.append(raising(Busy))
    refused(Busy, announce, firm, key="k")
    assert announce(firm, key="k").title == CLOSED["title"]


def test_the_answer_is_not_given_again_once_it_has_expired_or_the_caller_is_somebody_less(firm):
    end = to_text(firm.clock.now() + MINUTE)
    announce(firm, key="k", expires_at=end)
    demoted = Actor(firm.administrator.id, Role.TECHNICIAN)
    refused(PermissionDenied, announce, firm, demoted, key="k", expires_at=end)
    firm.clock.step(MINUTE)
    refused(NotFound, announce, firm, key="k", expires_at=end)


def test_it_is_told_on_the_ways_that_each_chose(firm):
    wanted = {
        "preferences": {"notifications": {"announcement": {"live": False, "email": True, "push": False}}}
    }
    users.edit_own_profile(firm.ports, firm.technician, Unparsed.of(wanted))
    announce(firm)
    (chosen,), (plain,) = notices(firm, firm.technician), notices(firm, firm.another)
    assert (chosen.live, chosen.channels) == (False, (Channel.EMAIL,))
    assert (plain.live, plain.channels) == (True, (Channel.PUSH,))
    addressed = [
        each.to for each in firm.memory._state.log.events
        if each.subject in (Ref("notification", chosen.id), Ref("notification", plain.id))
    ]  # fmt: skip
    assert addressed == [(), (Address(user_id=firm.another.id),)]

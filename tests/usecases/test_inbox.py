"""The inbox: whose it is, what it shows, and for how long it names a job."""

import msgspec
import pytest
from tests.usecases.firm import NOBODY, PASSWORD, REASON, pointers, refused

from hosanna_core.errors import Invalid, NotFound
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Actor, Role
from hosanna_core.testing.samples import a_notice, id_of
from hosanna_core.usecases import announcing, inbox, privacy, users
from hosanna_core.usecases.judging import Unparsed

NOTHING = Unparsed.of({})
NUMBER = "J-000001"


def page(firm, actor, **query):
    return inbox.list_notifications(firm.ports, actor, {name: [value] for name, value in query.items()})


def shown(firm, actor):
    """The newest notification, as its receiver sees it."""
    return page(firm, actor).items[0]


def read(firm, actor, notification_id):
    return inbox.read_notification(firm.ports, actor, notification_id, NOTHING)


def filled(firm, actor, count, **parts):
    """An inbox with so many notices of no job."""
    for number in range(1, count + 1):
        firm.ports.store.inboxes.notify(a_notice(number, actor.id, **parts))


def walked(firm, actor, **query):
    """The whole inbox, page by page: the items of each."""
    pages, cursor = [], {}
    while True:
        found = page(firm, actor, **query, **cursor)
        pages.append(found.items)
        if found.next_cursor is None:
            return pages
        cursor = {"cursor": found.next_cursor}


def test_a_technician_finds_what_was_dispatched_to_them_with_what_they_need_to_know(firm):
    job = firm.dispatched(window={"start": "2026-03-02T14:00:00Z", "end": "2026-03-02T16:00:00Z"})
    found = page(firm, firm.technician)
    (item,) = found.items
    assert (item.kind, item.title, item.job_id) == (
        "job.dispatched",
        f"{NUMBER} was dispatched to you",
        job.id,
    )
    assert item.body == "Replace main panel\n1 Main St, Austin\n2026-03-02, 14:00 to 16:00 (UTC)"
    assert (item.created_at, item.read_at) == (to_text(job.updated_at), None)
    assert (found.next_cursor, found.unread) == (None, 1)
    assert page(firm, firm.another).items == page(firm, firm.office).items == []


def test_times_are_told_by_the_technicians_own_clocks(firm):
    hours = Unparsed.of({"timezone": "America/Chicago"})
    users.set_availability(firm.ports, firm.technician, firm.technician.id, hours)
    firm.dispatched(window={"start": "2026-03-03T04:00:00Z", "end": "2026-03-03T07:00:00Z"})
    assert shown(firm, firm.technician).body.splitlines()[-1] == (
        "2026-03-02, 22:00 to 2026-03-03, 01:00 (America/Chicago)"
    )


def test_it_is_told_by_the_job_as_it_is_now(firm):
    job = firm.dispatched()
    firm.patch(
        firm.administrator, job, {"title": "Another panel", "site": {"street": "2 Side St", "city": None}}
    )
    assert shown(firm, firm.technician).body == "Another panel\n2 Side St"


@pytest.mark.parametrize("leaving", [("recall",), ("start", "return_visit"), ("start", "complete", "reopen")])
def test_a_notification_names_a_job_only_while_its_receiver_sees_it(firm, leaving):
    job = firm.dispatched()
    who = {"recall": firm.office, "return_visit": firm.administrator, "reopen": firm.administrator}
    for action in leaving:
        assert shown(firm, firm.technician).job_id == job.id
        reason = REASON if action in who else {}
        firm.do(who.get(action, firm.technician), job, action, **reason)
    hidden = shown(firm, firm.technician)
    assert (hidden.kind, hidden.job_id) == ("job.dispatched", None)
    assert (hidden.title, hidden.body) == ("A job was dispatched to you", "It is not in your view any more.")
    assert read(firm, firm.technician, hidden.id).title == hidden.title


def test_what_comes_back_into_view_is_named_again(firm):
    job = firm.dispatched()
    firm.do(firm.office, job, "recall", **REASON)
    firm.do(firm.office, job, "dispatch")
    assert [item.job_id for item in page(firm, firm.technician).items] == [job.id, job.id]


def test_a_job_that_went_to_somebody_else_is_named_to_them_alone(firm):
    job = firm.dispatched()
    firm.do(firm.office, job, "recall", **REASON)
    firm.do(firm.administrator, job, "reassign", technician_id=firm.another.id, **REASON)
    firm.do(firm.office, job, "dispatch")
    assert (shown(firm, firm.technician).job_id, shown(firm, firm.another).job_id) == (None, job.id)


def test_a_move_of_a_followed_job_says_where_it_moved(firm):
    job = firm.dispatched()
    firm.ports.store.followers.follow(firm.office.id, job.id)
    firm.do(firm.technician, job, "start")
    firm.do(firm.technician, job, "hold", **REASON)
    assert [item.title for item in page(firm, firm.office).items] == [
        f"{NUMBER} moved to ON HOLD",
        f"{NUMBER} moved to IN PROGRESS",
    ]


def test_who_sees_less_by_another_role_is_told_less_by_old_notices(firm):
    job = firm.confirmed()
    firm.ports.store.followers.follow(firm.office.id, job.id)
    firm.do(firm.administrator, job, "assign", technician_id=firm.technician.id)
    assert shown(firm, firm.office).job_id == job.id
    demoted = Actor(firm.office.id, Role.TECHNICIAN)
    assert (shown(firm, demoted).title, shown(firm, demoted).job_id) == (
        "A job that you follow moved on",
        None,
    )


def test_an_erased_customer_is_in_no_notification(firm):
    job = firm.dispatched()
    privacy.erase_person(firm.ports, firm.administrator, privacy.Person(job_ids=(job.id,)))
    item = shown(firm, firm.technician)
    assert (item.title, item.body) == (f"{NUMBER} was dispatched to you", "(erased)\n(erased)")


def test_a_kind_that_a_plugin_brought_is_shown_without_a_word_of_ours(firm):
    job = firm.dispatched()
    firm.ports.store.inboxes.notify(a_notice(1, firm.technician.id, kind="weather", job_id=job.id))
    firm.ports.store.inboxes.notify(a_notice(2, firm.technician.id, kind="weather"))
    *_, second, first = page(firm, firm.technician).items
    assert (first.title, first.job_id) == (NUMBER, job.id)
    assert (second.title, second.job_id) == ("Something happened", None)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_the_inbox_is_paged_the_newest_first_each_once(firm, limit):
    filled(firm, firm.office, 5)
    pages = walked(firm, firm.office, limit=str(limit))
    assert [item.id for items in pages for item in items] == [id_of(n) for n in (5, 4, 3, 2, 1)]
    assert [len(items) for items in pages][:-1] == [limit] * (len(pages) - 1)


def test_what_has_expired_is_left_out_and_not_counted_and_not_there_to_be_read(firm):
    now = firm.clock.now()
    for number, expires_at in ((1, None), (2, now), (3, now + 1), (4, now - 1)):
        firm.ports.store.inboxes.notify(a_notice(number, firm.office.id, expires_at=expires_at))
    found = page(firm, firm.office)
    assert ([item.id for item in found.items], found.unread) == ([id_of(3), id_of(1)], 2)
    refused(NotFound, read, firm, firm.office, id_of(2))
    firm.clock.step(1)
    found = page(firm, firm.office)
    assert ([item.id for item in found.items], found.unread) == ([id_of(1)], 1)


def test_what_was_read_and_what_was_not_are_asked_for_apart(firm):
    filled(firm, firm.office, 6)
    for number in (2, 3, 5):
        read(firm, firm.office, id_of(number))
    for unread, numbers in (("true", (6, 4, 1)), ("false", (5, 3, 2))):
        pages = walked(firm, firm.office, unread=unread, limit="2")
        assert [item.id for items in pages for item in items] == [id_of(n) for n in numbers]
    assert page(firm, firm.office).unread == page(firm, firm.office, unread="false").unread == 3


def test_no_page_walks_a_whole_inbox_and_the_last_one_is_found_all_the_same(firm):
    filled(firm, firm.office, inbox.MOST_LOOKED_AT + 500)
    for number in range(2, inbox.MOST_LOOKED_AT + 501):
        firm.ports.store.inboxes.mark_read(firm.office.id, id_of(number), firm.clock.now())
    first, second = walked(firm, firm.office, unread="true")
    assert (first, [item.id for item in second]) == ([], [id_of(1)])


def test_a_notification_is_read_once_and_says_when(firm):
    firm.dispatched()
    item = shown(firm, firm.technician)
    at = firm.clock.now()
    done = read(firm, firm.technician, item.id)
    assert done == msgspec.structs.replace(item, read_at=to_text(at))
    firm.clock.step(60_000)
    assert read(firm, firm.technician, item.id) == done
    assert page(firm, firm.technician).unread == 0
    assert page(firm, firm.technician).items == [done]


def test_reading_all_says_how_many_had_not_been_read(firm):
    filled(firm, firm.office, 5)
    filled(firm, firm.another, 2)
    read(firm, firm.office, id_of(3))
    assert inbox.read_all_notifications(firm.ports, firm.office, NOTHING) == 4
    assert inbox.read_all_notifications(firm.ports, firm.office, NOTHING) == 0
    assert (page(firm, firm.office).unread, page(firm, firm.another).unread) == (0, 2)


def test_somebody_elses_notification_is_as_absent_as_one_that_never_was(firm):
    firm.dispatched()
    item = shown(firm, firm.technician)
    wrong = Unparsed.of({"x": 1})
    for notification_id in (item.id, NOBODY, "x"):
        for actor in (firm.another, firm.administrator):
            refused(NotFound, inbox.read_notification, firm.ports, actor, notification_id, wrong)
    assert shown(firm, firm.technician).read_at is None


def test_bodies_and_queries_are_judged(firm):
    firm.dispatched()
    item, wrong = shown(firm, firm.technician), Unparsed.of({"x": 1})
    assert pointers(
        refused(Invalid, inbox.read_notification, firm.ports, firm.technician, item.id, wrong)
    ) == ["/x"]
    assert pointers(refused(Invalid, inbox.read_all_notifications, firm.ports, firm.technician, wrong)) == [
        "/x"
    ]
    query = {"unread": "yes", "limit": "0", "cursor": "x", "x": "1"}
    assert pointers(refused(Invalid, page, firm, firm.technician, **query)) == [
        "/cursor",
        "/limit",
        "/unread",
        "/x",
    ]
    assert shown(firm, firm.technician).read_at is None


def test_a_cursor_is_its_owners_alone(firm):
    filled(firm, firm.office, 3)
    cursor = page(firm, firm.office, limit="1").next_cursor
    assert pointers(refused(Invalid, page, firm, firm.another, cursor=cursor)) == ["/cursor"]
    found, _ = announcing.list_announcements(firm.ports, firm.office, {})
    assert found == []
    refused(Invalid, announcing.list_announcements, firm.ports, firm.office, {"cursor": [cursor]})


def test_a_page_reads_each_job_once_however_many_notices_name_it(firm):
    class Counting:
        def __init__(self, jobs):
            self._jobs, self.asked = jobs, []

        def sights(self, job_ids):
            self.asked.append(list(job_ids))
            return self._jobs.sights(job_ids)

    job = firm.dispatched()
    for _ in range(3):
        firm.do(firm.office, job, "recall", **REASON)
        firm.do(firm.office, job, "dispatch")
    jobs = Counting(firm.ports.store.jobs)
    found = inbox.list_notifications(firm.ports_with(jobs=jobs), firm.technician, {})
    assert (len(found.items), jobs.asked) == (4, [[job.id]])


def test_no_notice_holds_a_word_of_the_job(firm):
    firm.dispatched(description="Behind the false wall")
    (notice,) = firm.ports.store.inboxes.notices(firm.technician.id, None, 9)
    held = repr(notice)
    for word in ("panel", "Main St", "Ann Lee", "false wall", NUMBER, PASSWORD):
        assert word not in held

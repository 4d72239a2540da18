"""What a use case costs: the number of driver operations is the budget."""

from collections.abc import Sequence

import pytest
from tests.adapters.mongo.conftest import Operations

from hosanna_adapters.mongo import MongoStore, inboxes
from hosanna_core.model.audit import AuditFilter
from hosanna_core.model.change import Claim
from hosanna_core.model.ids import HOUR
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Sort, UserFilter
from hosanna_core.model.schedule import Visit, Window
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.ports import Store
from hosanna_core.rules.visibility import SEES_ALL, scope_of
from hosanna_core.testing.contracts.base import stored, stored_each, stored_user
from hosanna_core.testing.samples import (
    START,
    a_calendar,
    a_firm,
    a_job,
    a_notice,
    a_subscription,
    a_user,
    after,
    an_announcement,
    announcement_change,
    crowd,
    firm_change,
    id_of,
    job_change,
)

ANYTHING = JobFilter()
TECHNICIAN = id_of(900)


@pytest.fixture
def store(watched: MongoStore) -> Store:
    return watched.ports()


def test_getting_a_job_is_one_operation(store: Store, operations: Operations) -> None:
    job = stored(store, a_job(1))
    operations.forget()
    assert store.jobs.get(job.id, SEES_ALL) == job
    assert operations.names == ["find"]


def test_getting_many_of_a_kind_is_one_operation_and_getting_none_is_none(
    store: Store, operations: Operations
) -> None:
    jobs = stored_each(store, crowd(130, (TECHNICIAN,)))
    operations.forget()
    ids = [job.id for job in jobs]
    assert len(store.jobs.get_many(ids, SEES_ALL)) == len(store.jobs.histories(ids)) == len(jobs)
    assert dict(store.users.get_many(ids)) == dict(store.announcements.get_many(ids)) == {}
    assert operations.names == ["find"] * 4
    operations.forget()
    assert not store.jobs.get_many([], SEES_ALL)
    assert not store.jobs.histories([])
    assert not store.users.get_many([])
    assert not store.calendars.of([])
    assert not store.announcements.get_many([])
    assert operations.names == []


def test_a_hidden_job_costs_the_same_one_operation_as_none_at_all(
    store: Store, operations: Operations
) -> None:
    hidden = stored(store, a_job(1))
    operations.forget()
    office = scope_of(Actor(TECHNICIAN, Role.OFFICE_MANAGER))
    assert store.jobs.get(hidden.id, office) is None
    assert store.jobs.get(id_of(2), office) is None
    assert operations.names == ["find", "find"]


def test_a_transition_that_touches_the_job_alone_is_one_operation(
    store: Store, operations: Operations
) -> None:
    job = stored(store, a_job(1))
    operations.forget()
    stored(store, after(job, status=Status.CONFIRMED, standing=Standing.CONFIRMED), job)
    assert operations.names == ["update"]
    (update,) = operations.sent[0]["updates"]
    assert set(update["u"]) == {"$set", "$push"}
    assert update["q"] == {"_id": job.id, "version": 1}
    assert operations.sent[0]["writeConcern"] == {"w": "majority", "j": True}


def test_a_new_job_alone_is_one_operation(store: Store, operations: Operations) -> None:
    operations.forget()
    stored(store, a_job(1))
    assert operations.names == ["insert"]


def test_a_booking_is_one_transaction_of_two_writes(store: Store, operations: Operations) -> None:
    job = stored(store, a_job(1), calendars=(a_calendar(TECHNICIAN),))
    operations.forget()
    visit = Visit(job.id, Window(START, START + HOUR))
    stored(store, after(job), job, calendars=(a_calendar(TECHNICIAN, 2, visits=(visit,)),))
    assert operations.names == ["update", "update", "commitTransaction"]
    assert operations.sent[0]["readConcern"]["level"] == "snapshot"
    assert operations.sent[-1]["writeConcern"] == {"w": "majority", "j": True}


def test_a_dispatch_is_one_transaction_of_two_writes(store: Store, operations: Operations) -> None:
    job = stored(store, a_job(1))
    operations.forget()
    stored(store, after(job), job, notices=(a_notice(1, TECHNICIAN),))
    assert operations.names == ["update", "update", "commitTransaction"]


def test_a_long_list_comes_whole_with_the_first_answer(store: Store, operations: Operations) -> None:
    stored_each(store, crowd(130, (TECHNICIAN,)))
    operations.forget()
    assert len(store.jobs.page(SEES_ALL, ANYTHING, Sort.NEWEST, None, 120).rows) == 120
    store.jobs.of_customer([b"key"], None, 120)
    store.users.page(UserFilter(), None, 120)
    store.audits.entries(AuditFilter(), None, 120)
    store.audits.stream("user|1", 0, 120)
    store.audits.heads(None, 120, 0)
    store.inboxes.notices(TECHNICIAN, None, 120)
    store.sessions.of(TECHNICIAN, 120)
    store.sessions.all_of(TECHNICIAN, None, 120)
    store.announcements.page(None, START, None, 120)
    store.followers.followed_by(TECHNICIAN, None, 120)
    store.dayplans.page(None, 120)
    store.api_keys.page(None, 120)
    store.webhooks.page(None, 120)
    store.deliveries.of(id_of(1), None, 120)
    store.deliveries.due(id_of(1), START, 120)
    assert operations.names == ["find"] * 16
    assert all(each["batchSize"] >= each["limit"] >= 120 for each in operations.sent)


@pytest.mark.parametrize("sort", Sort)
def test_a_page_is_one_operation_wherever_it_begins(store: Store, operations: Operations, sort: Sort) -> None:
    stored_each(store, crowd(70, (TECHNICIAN,)))
    position = None
    for _ in range(3):
        operations.forget()
        page = store.jobs.page(SEES_ALL, ANYTHING, sort, position, 10)
        assert set(operations.names) == {"find"}
        # The order by priority begins anew where one priority ends and the next begins.
        assert len(operations.names) <= (2 if sort is Sort.PRIORITY else 1)
        assert "history" not in operations.sent[0]["projection"]
        position = page.next


@pytest.mark.parametrize(
    "wanted",
    [JobFilter(priority=Priority.HIGH), JobFilter(statuses=frozenset({Status.BILLED}), created_from=START)],
    ids=["priority", "status and range"],
)
def test_a_filtered_page_is_one_operation(store: Store, operations: Operations, wanted: JobFilter) -> None:
    stored_each(store, crowd(70, (TECHNICIAN,)))
    operations.forget()
    scope = SEES_ALL.narrow(wanted)
    assert scope is not None
    store.jobs.page(scope, wanted, Sort.NEWEST, None, 10)
    assert operations.names == ["find"]


def test_a_page_of_one_priority_by_window_is_one_operation(store: Store, operations: Operations) -> None:
    stored_each(store, crowd(70, (TECHNICIAN,)))
    operations.forget()
    page = store.jobs.page(SEES_ALL, JobFilter(priority=Priority.HIGH), Sort.WINDOW, None, 3)
    assert len(page.rows) == 3
    assert operations.names == ["find"]


def test_a_search_for_a_rare_word_counts_and_reads(store: Store, operations: Operations) -> None:
    stored_each(store, [a_job(number, title="panel") for number in range(1, 30)])
    operations.forget()
    page = store.jobs.page(SEES_ALL, JobFilter(words=("panel",), prefix="j-00002"), Sort.NEWEST, None, 5)
    assert operations.names == ["aggregate", "find"]
    assert len(page.rows) == 5


def test_new_jobs_are_imported_with_few_operations(store: Store, operations: Operations) -> None:
    changes = [
        job_change(a_job(n, external_ref=f"P-{n}"), claims=(Claim("external_ref", f"P-{n}"),))
        for n in range(1, 101)
    ]
    operations.forget()
    assert store.ledger.commit_each(changes) == [None] * 100
    assert operations.names == ["insert", "insert", "commitTransaction"]


def test_numbers_are_fetched_once_for_sixteen_jobs(store: Store, operations: Operations) -> None:
    operations.forget()
    given: list[Sequence[int]] = [store.jobs.claim_numbers(1) for _ in range(16)]
    assert operations.names == ["findAndModify"]
    assert len({number for some in given for number in some}) == 16


def test_whether_a_token_may_act_is_one_operation(store: Store, operations: Operations) -> None:
    user = stored_user(store, a_user(1))
    operations.forget()
    assert store.users.caller(user.id) is not None
    assert operations.names == ["find"]
    assert "password_hash" not in operations.sent[0]["projection"]


def test_the_jobs_of_many_events_are_looked_at_in_one_operation(store: Store, operations: Operations) -> None:
    jobs = stored_each(store, crowd(40, (TECHNICIAN,)))
    operations.forget()
    assert len(store.jobs.sights([job.id for job in jobs])) == 40
    assert operations.names == ["find"]
    fields = {"version", "standing", "technician_id", "body"}
    assert set(operations.sent[0]["projection"]) - {"_id"} == fields
    operations.forget()
    assert store.jobs.sights([]) == {}
    assert operations.names == []


def test_an_announcement_alone_is_one_operation(store: Store, operations: Operations) -> None:
    operations.forget()
    store.ledger.commit(announcement_change(an_announcement(1)))
    assert operations.names == ["insert"]


def test_however_many_are_told_of_a_change_their_notices_are_one_write(
    store: Store, operations: Operations
) -> None:
    told = tuple(a_notice(number, id_of(900 + number)) for number in range(1, 201))
    operations.forget()
    store.ledger.commit(announcement_change(an_announcement(1), notices=told))
    assert operations.names == ["insert", "update", "commitTransaction"]
    assert len(operations.sent[1]["updates"]) == 200


def test_reading_the_inbox_is_one_operation_each(store: Store, operations: Operations) -> None:
    store.inboxes.notify(a_notice(1, TECHNICIAN))
    operations.forget()
    store.inboxes.notices(TECHNICIAN, None, 10)
    store.inboxes.get(TECHNICIAN, id_of(1))
    store.inboxes.unread(TECHNICIAN, START)
    assert operations.names == ["find", "find", "aggregate"]


def test_the_notices_of_many_are_got_and_counted_in_one_operation_each(
    store: Store, operations: Operations
) -> None:
    told = tuple(a_notice(number, id_of(900 + number)) for number in range(1, 201))
    store.ledger.commit(announcement_change(an_announcement(1), notices=told))
    operations.forget()
    assert len(store.inboxes.get_many([(each.user_id, each.id) for each in told])) == 200
    assert sum(store.inboxes.unread_of([each.user_id for each in told], START).values()) == 200
    assert operations.names == ["find", "aggregate"]


def test_to_mark_a_notice_as_read_is_one_operation_the_first_time(
    store: Store, operations: Operations
) -> None:
    store.inboxes.notify(a_notice(1, TECHNICIAN))
    operations.forget()
    store.inboxes.mark_read(TECHNICIAN, id_of(1), START)
    assert operations.names == ["update"]
    (update,) = operations.sent[0]["updates"]
    assert set(update["u"]["$set"]) == {"read_at", "change"}
    operations.forget()
    store.inboxes.mark_read(TECHNICIAN, id_of(1), START)
    assert operations.names == ["update", "find"]


def test_all_of_an_inbox_is_marked_some_hundreds_at_a_time(
    store: Store, operations: Operations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "AT_ONCE", 3)
    for number in range(1, 8):
        store.inboxes.notify(a_notice(number, TECHNICIAN))
    operations.forget()
    assert store.inboxes.mark_all_read(TECHNICIAN, START) == 7
    assert operations.names == ["find", "update"] * 3
    assert [len(sent["updates"]) for sent in operations.sent[1::2]] == [3, 3, 1]
    operations.forget()
    assert store.inboxes.mark_all_read(TECHNICIAN, START) == 0
    assert operations.names == ["find"]


def test_what_is_due_is_taken_in_three_operations_however_much_it_is(
    store: Store, operations: Operations
) -> None:
    for number in range(1, 6):
        store.inboxes.notify(a_notice(number, TECHNICIAN, due_at=START))
    operations.forget()
    (first, *_) = store.inboxes.take_due(START, START + 5, 10)
    assert operations.names == ["find", "update", "find"]
    operations.forget()
    assert store.inboxes.take_due(START, START + 5, 10) == []
    store.inboxes.settle(first)
    assert operations.names == ["find", "update"]


def test_who_follows_is_asked_and_told_in_one_operation_each(store: Store, operations: Operations) -> None:
    operations.forget()
    store.followers.follow(TECHNICIAN, id_of(1))
    store.followers.follows(TECHNICIAN, id_of(1))
    store.followers.of(id_of(1))
    store.followers.followed_by(TECHNICIAN, None, 10)
    store.followers.unfollow(TECHNICIAN, id_of(1))
    assert operations.names == ["update", "find", "find", "find", "delete"]


def test_the_settings_are_one_operation(store: Store, operations: Operations) -> None:
    operations.forget()
    store.firms.get()
    store.ledger.commit(firm_change(a_firm(1)))
    assert operations.names[0] == "find"
    assert operations.names[1:].count("insert") == 1
    store.firms.get()
    assert operations.names[-1] == "find"


def test_subscriptions_tickets_and_announcements_are_one_operation_each(
    store: Store, operations: Operations
) -> None:
    operations.forget()
    store.subscriptions.keep(a_subscription(1, TECHNICIAN))
    store.subscriptions.of(TECHNICIAN)
    store.subscriptions.drop(TECHNICIAN, id_of(1))
    store.tickets.redeem(id_of(2), START, START + HOUR)
    store.tickets.redeem(id_of(2), START, START + HOUR)
    store.announcements.get(id_of(3))
    store.announcements.page(Role.TECHNICIAN, START, None, 10)
    assert operations.names == ["update", "find", "delete", "insert", "insert", "find", "find"]

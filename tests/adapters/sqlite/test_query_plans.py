"""No list and no search walks a table, nor sorts more than a page may look at: SQLite's own plans say so."""

import re
import sqlite3
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hosanna_adapters.sqlite import SqliteStore, lists
from hosanna_core.model.audit import AuditFilter, Outcome
from hosanna_core.model.ids import DAY, HOUR, Id
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Position, Sort, UserFilter
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.rules.ordering import position_of
from hosanna_core.rules.visibility import EVERYTHING, SEES_ALL, Scope, scope_of
from hosanna_core.testing.integration_samples import a_delivery
from hosanna_core.testing.samples import (
    START,
    a_firm,
    a_job,
    a_notice,
    a_plan,
    a_session,
    a_subscription,
    a_user,
    an_announcement,
    announcement_change,
    crowd,
    firm_change,
    id_of,
    job_change,
    plan_change,
    user_change,
)
from hosanna_core.testing.samples import after as next_of

ANN, BOB = id_of(900), id_of(901)
SCOPES = {
    "administrator": SEES_ALL,
    "office manager": scope_of(Actor(ANN, Role.OFFICE_MANAGER)),
    "technician": scope_of(Actor(ANN, Role.TECHNICIAN)),
    "an administrator asking for a technician": Scope(EVERYTHING, BOB),
    "one standing": Scope(frozenset({Standing.CONFIRMED}), None),
}
STATUSES = (None, frozenset({Status.CANCELLED}), frozenset({Status.BILLED, Status.ASSIGNED}))
PRIORITIES = (None, Priority.HIGH)
CREATED = ({}, {"created_from": START + HOUR}, {"created_from": START, "created_to": START + DAY})
WINDOWS = ({}, {"window_to": START + DAY}, {"window_from": START, "window_to": START + DAY})
WORDS: tuple[dict[str, Any], ...] = (
    {},
    {"words": ("panel",)},
    {"prefix": "pa"},
    {"words": ("panel", "lee"), "prefix": "re"},
)
FILTERS = [
    JobFilter(statuses=statuses, priority=priority, **created, **windows, **words)
    for statuses, priority, created, windows, words in product(STATUSES, PRIORITIES, CREATED, WINDOWS, WORDS)
]
# What a page is cut from is given by LIMIT, or by the words of a search that has few jobs.
SUBQUERY = re.compile(r"SCAN (m|w|f|r|\(subquery-\d+\))( VIRTUAL TABLE INDEX \d+:\d*)?$")
WHOLE_ORDER = re.compile(r"SCAN jobs USING COVERING INDEX jobs_(created|window|urgent)$")


class Recorder:
    """Stands in for the readers, and remembers every statement."""

    def __init__(self, store: SqliteStore) -> None:
        self.seen: dict[str, Any] = {}
        self._rows = store._readers.rows
        store._readers.rows = self.rows  # type: ignore[method-assign]  # to listen

    def rows(self, sql: str, values: Any = ()) -> list[Any]:
        self.seen[sql] = values
        return self._rows(sql, values)


@pytest.fixture
def recorder(opened: SqliteStore) -> Recorder:
    changes = [job_change(job) for job in crowd(60, (ANN, BOB))]
    assert opened.ports().ledger.commit_each(changes) == [None] * 60
    return Recorder(opened)


@pytest.fixture
def planner(opened: SqliteStore, path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path)


def flaws(planner: sqlite3.Connection, sql: str, values: Any, *, whole: bool) -> list[str]:
    plan = [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert plan
    sorts_few = " FROM words WHERE " in sql
    return [
        line
        for line in plan
        if ("SCAN" in line and not SUBQUERY.match(line) and not (whole and WHOLE_ORDER.match(line)))
        or ("TEMP B-TREE" in line and not sorts_few)
        or "AUTOMATIC" in line
    ]


@pytest.mark.parametrize("after", [None, position_of], ids=["first page", "next page"])
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("budget", [2_000, 3], ids=["rare words", "frequent words"])
def test_no_list_and_no_search_scans_or_sorts_a_table(
    opened: SqliteStore,
    recorder: Recorder,
    planner: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    scope: str,
    sort: Sort,
    after: Any,
    budget: int,
) -> None:
    monkeypatch.setattr(lists, "BUDGET", budget)
    jobs = opened.ports().jobs
    position: Position | None = after and after(sort, a_job(30, created_at=START + 10 * HOUR))
    for wanted in FILTERS:
        narrowed = SCOPES[scope].narrow(wanted)
        if narrowed is not None:
            jobs.page(narrowed, wanted, sort, position, 5)
    found = {
        sql: wrong
        for sql, values in recorder.seen.items()
        if (wrong := flaws(planner, sql, values, whole=SCOPES[scope] == SEES_ALL))
    }
    planner.close()
    assert len(recorder.seen) > 10
    assert found == {}


def test_nothing_else_scans_a_table_either(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection
) -> None:
    store = opened.ports()
    store.jobs.get(id_of(1), SEES_ALL)
    store.jobs.history(id_of(1))
    store.jobs.known_refs(["P-1", "P-2"])
    store.users.get(ANN)
    store.users.by_email("ann@example.com")
    store.users.caller(ANN)
    for role, active, after in product((None, Role.TECHNICIAN), (None, True), (None, ANN)):
        store.users.page(UserFilter(role=role, active=active), after, 5)
    store.calendars.of([ANN, BOB])
    store.receipts.get("key", START)
    store.jobs.sights([id_of(1), id_of(2)])
    store.inboxes.notices(ANN, None, 5)
    store.inboxes.get(ANN, id_of(1))
    store.inboxes.get_many([(ANN, id_of(1)), (ANN, id_of(2))])
    store.inboxes.unread(ANN, START)
    store.inboxes.unread_of([ANN, id_of(902)], START)
    store.inboxes.take_due(START, START + DAY, 5)
    store.announcements.get(id_of(1))
    store.firms.get()
    for role, after in product((None, Role.TECHNICIAN), (None, ANN)):
        store.announcements.page(role, START, after, 5)
    store.followers.follows(ANN, id_of(1))
    store.followers.of(id_of(1))
    store.followers.followed_by(ANN, id_of(1), 5)
    store.subscriptions.of(ANN)
    store.feed.after(store.feed.head(), 5)
    assert store.feed.epoch
    store.keystore.wrapped()
    store.sessions.get(id_of(1))
    store.sessions.of(ANN, 5)
    store.sessions.known(ANN, b"place")
    store.audits.stream("user|1", 3, 5)
    for after, since in product((None, "user|1"), (0, START)):
        store.audits.heads(after, 5, since)
    found = {sql: flaws(planner, sql, values, whole=False) for sql, values in recorder.seen.items()}
    planner.close()
    sorts_what_moved_of_late = [sql for sql, wrong in found.items() if wrong]
    assert len(found) == 37
    assert all("INDEXED BY audit_heads_moved" in sql for sql in sorts_what_moved_of_late)
    assert [found[sql] for sql in sorts_what_moved_of_late] == [["USE TEMP B-TREE FOR ORDER BY"]]


def test_what_is_not_read_and_what_is_due_is_found_without_the_rest_of_the_inbox(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection
) -> None:
    opened.ports().inboxes.unread(ANN, START)
    opened.ports().inboxes.take_due(START, START + DAY, 5)
    plans = [
        row[3]
        for sql, values in recorder.seen.items()
        for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    planner.close()
    assert plans == [
        "SEARCH notices USING COVERING INDEX notices_unread (user_id=? AND read_at=?)",
        "SEARCH notices USING INDEX notices_due (due_at<?)",
    ]


def test_what_is_due_to_webhooks_is_found_without_the_rest_of_what_waits(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection
) -> None:
    deliveries = opened.ports().deliveries
    assert list(deliveries.with_due(START)) == list(deliveries.due(id_of(900), START, 5)) == []
    plans = {
        sql: [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        for sql, values in recorder.seen.items()
    }
    planner.close()
    to_whom, what = plans.values()
    assert what == ["SEARCH deliveries USING INDEX deliveries_waiting (webhook_id=?)"]
    walked = [line for line in to_whom if "SCAN" in line]
    assert walked == ["SCAN waiting", "SCAN waiting"], "they are the webhooks, one row each"


def test_no_write_scans_a_table(opened: SqliteStore, planner: sqlite3.Connection) -> None:
    """But the feed's beginning, as far as LIMIT lets it."""
    store, statements = opened.ports(), list[str]()
    job, user = job_change(a_job(1)), user_change(a_user(2), opens=a_session(3, id_of(2)))
    store.ledger.commit(user)
    opened._writer._db.set_trace_callback(statements.append)
    store.ledger.commit(msgspec.structs.replace(job, notices=(a_notice(4, ANN, due_at=START),)))
    store.ledger.commit(announcement_change(an_announcement(5)))
    store.inboxes.mark_read(ANN, id_of(4), START)
    store.inboxes.mark_all_read(ANN, START)
    (taken,) = store.inboxes.take_due(START, START + DAY, 5)
    store.inboxes.settle(taken)
    store.followers.follow(ANN, id_of(1))
    store.followers.unfollow(ANN, id_of(1))
    store.subscriptions.keep(a_subscription(6, ANN))
    store.subscriptions.drop(ANN, id_of(6))
    store.tickets.redeem(id_of(7), START, START + DAY)
    store.ledger.commit(user_change(next_of(user.root), user.root, forgets=True))
    opened._writer._db.set_trace_callback(None)
    written = [sql for sql in statements if not sql.startswith(("BEGIN", "COMMIT", "--"))]
    plans = {sql: [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in written}
    planner.close()
    assert len(plans) > 40
    assert {line for plan in plans.values() for line in plan if "SCAN" in line} == {"SCAN feed"}
    assert all("LIMIT" in sql for sql, plan in plans.items() if "SCAN feed" in plan)
    (all_read,) = [plan for sql, plan in plans.items() if "RETURNING id" in sql]
    assert all_read == ["SEARCH notices USING COVERING INDEX notices_unread (user_id=? AND read_at=?)"]


def test_no_write_for_others_scans_a_table_and_nothing_that_is_forgotten_is_looked_for_so(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection
) -> None:
    store, statements = opened.ports(), list[str]()
    opened._writer._db.set_trace_callback(statements.append)
    delivery = a_delivery(2, id_of(1), created_at=START, due_at=None)
    assert store.deliveries.queue([delivery], None, b"place")
    store.deliveries.keep(delivery)
    store.deliveries.drop(id_of(9))
    store.inboxes.notify(a_notice(4, ANN))
    store.ledger.commit(plan_change(a_plan(5, date="2026-03-01")))
    store.ledger.commit(firm_change(a_firm(1)))
    assert store.bookmarks.lease("reader", ANN, START, START + DAY)
    assert store.bookmarks.move("reader", None, b"place")
    later = START + 999 * DAY
    swept = store.deliveries.sweep(later, 5), store.dayplans.sweep("2030-01-01", 5)
    assert (*swept, store.inboxes.sweep(later, later, 5)) == (1, 1, 1)
    opened._writer._db.set_trace_callback(None)
    asked = [(sql, ()) for sql in statements if not sql.startswith(("BEGIN", "COMMIT", "--"))]
    asked += recorder.seen.items()
    steps = [
        (sql, row[3]) for sql, values in asked for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    planner.close()
    assert len(asked) > 20
    assert {step for _, step in steps if "SCAN" in step} <= {"SCAN feed"}
    assert all("LIMIT" in sql for sql, step in steps if "SCAN" in step)


@pytest.mark.parametrize("after", [None, id_of(30)], ids=["first page", "next page"])
def test_all_sessions_of_a_user_are_found_by_the_user(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection, after: Id | None
) -> None:
    opened.ports().sessions.all_of(ANN, after, 5)
    ((sql, values),) = recorder.seen.items()
    plan = [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    planner.close()
    assert plan == [
        "SEARCH sessions USING INDEX sessions_places (user_id=?)", "USE TEMP B-TREE FOR ORDER BY",
    ]  # fmt: skip


def test_a_customers_jobs_are_found_by_their_keys(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection
) -> None:
    opened.ports().jobs.of_customer([b"key", b"another"], ANN, 5)
    ((sql, values),) = recorder.seen.items()
    plan = [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    planner.close()
    assert plan[1] == "SEARCH customer_jobs USING PRIMARY KEY (customer_key=?)"
    assert [line for line in plan if "SCAN" in line] == ["SCAN c"]


AUDIT_FILTERS = [
    AuditFilter(actor_id=actor, subject_id=subject, action=action, outcome=outcome, since=since, until=until)
    for actor, subject, action, outcome, since, until in product(
        (None, ANN),
        (None, BOB),
        (None, "auth.login"),
        (None, Outcome.DENIED),
        (None, START),
        (None, START + DAY),
    )
]


@pytest.mark.parametrize("after", [None, id_of(30)], ids=["first page", "next page"])
def test_every_question_to_the_audit_trail_walks_an_index_in_the_order_of_the_list(
    opened: SqliteStore, recorder: Recorder, planner: sqlite3.Connection, after: Id | None
) -> None:
    for wanted in AUDIT_FILTERS:
        opened.ports().audits.entries(wanted, after, 5)
    by = re.compile(
        r"SCAN audit USING INDEX audit_ids$|SEARCH audit USING INDEX (audit_ids \(id[<>]\?"
        r"|audit_subjects \(subject_id=\?|audit_actors \(actor_id=\?|audit_outcomes \(outcome=\?"
        r"|audit_actions \(action=\? AND outcome=\?)"
    )
    assert len(recorder.seen) == len(AUDIT_FILTERS)
    for sql, values in recorder.seen.items():
        plan = [row[3] for row in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        walks = [line for line in plan if "audit" in line]
        assert walks
        assert all(by.match(line) for line in walks), (sql, plan)
        assert not [line for line in plan if "TEMP B-TREE" in line]
    planner.close()


def test_the_trap_would_be_noticed(opened: SqliteStore, planner: sqlite3.Connection) -> None:
    sorted_for_each_page = "SELECT id FROM jobs WHERE standing IN (1, 2) ORDER BY created_at, id LIMIT 5"
    assert flaws(planner, sorted_for_each_page, (), whole=False) == ["USE TEMP B-TREE FOR ORDER BY"]
    scanned = "SELECT id FROM jobs WHERE words = 'x'"
    assert flaws(planner, scanned, (), whole=True) == ["SCAN jobs"]
    planner.close()

"""No list and no search walks the store: the plans of every query that the lists can ask."""

from itertools import product
from typing import Any

import msgspec
import pytest
from pymongo.database import Database
from tests.adapters.mongo.conftest import Operations

from hosanna_adapters.mongo import MongoStore, jobs, queries, schema
from hosanna_core.model.people import Role
from hosanna_core.model.query import JobFilter, Sort, UserFilter
from hosanna_core.model.status import Priority
from hosanna_core.rules.ordering import position_of
from hosanna_core.testing.contracts.base import stored, stored_each
from hosanna_core.testing.contracts.lists import CROWD, FILTERS, SCOPES
from hosanna_core.testing.samples import (
    START,
    a_job,
    a_notice,
    a_subscription,
    an_announcement,
    announcement_change,
    id_of,
)

Documents = Database[dict[str, Any]]

FIELDS = {
    model.document["name"]: list(model.document["key"])
    for models in schema.indexes().values()
    for model in models
}


def stages(plan: dict[str, Any]) -> list[str]:
    """The names of all stages of a plan, whatever its nesting."""
    below = [plan[key] for key in ("inputStage",) if key in plan] + plan.get("inputStages", [])
    return [plan["stage"], *(stage for each in below for stage in stages(each))]


def is_point(condition: object) -> bool:
    """Whether a condition pins a field to single values."""
    return not isinstance(condition, dict) or set(condition) == {"$in"}


def merges(index: str, query: dict[str, Any], order: list[tuple[str, int]]) -> bool:
    """Whether the server can merge streams of *index* into *order* without sorting.

    Its planner takes leading fields that are unions of points apart, one stream for each combination; what is left
    of the index, or its reverse, must begin with the order (planner_analysis.cpp, explodeForSort).
    """
    rest = behind_the_points(index, query)
    directions = {direction for _, direction in order}
    return len(directions) == 1 and [field for field, _ in order] == rest[: len(order)]


def bounds_all(index: str, query: dict[str, Any]) -> bool:
    """Whether every entry of *index* within the bounds of *query* is wanted: points, then at most one range.

    A position's `$nor` passes over nothing but what shares its sort key.
    """
    rest = behind_the_points(index, query)
    return set(query) - {"$nor"} <= {*FIELDS[index][: len(FIELDS[index]) - len(rest)], *rest[:1]}


def behind_the_points(index: str, query: dict[str, Any]) -> list[str]:
    """The fields of an index behind those that a query pins."""
    rest = FIELDS[index]
    while rest and rest[0] in query and is_point(query[rest[0]]):
        rest = rest[1:]
    return rest


@pytest.mark.parametrize("sort", Sort)
def test_every_stretch_of_a_list_is_a_merge_of_index_streams(sort: Sort) -> None:
    positions = (None, *(position_of(sort, job) for job in CROWD))
    for scope, wanted, position in product(SCOPES.values(), FILTERS.values(), positions):
        narrowed = scope.narrow(wanted)
        if narrowed is not None:
            for part in queries.stretches(narrowed, wanted, sort, position):
                assert merges(part.index, part.query, part.order), part
                assert bounds_all(part.index, part.query), part


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("priority", [None, Priority.HIGH])
@pytest.mark.parametrize("scope", SCOPES)
def test_a_list_without_words_and_without_a_second_time_passes_over_nothing(
    watched: MongoStore, operations: Operations, scope: str, priority: Priority | None, sort: Sort
) -> None:
    by_window = sort is Sort.WINDOW
    since = JobFilter(window_from=START) if by_window else JobFilter(created_from=START)
    for wanted in (JobFilter(priority=priority), msgspec.structs.replace(since, priority=priority)):
        operations.forget()
        watched.jobs.page(SCOPES[scope], wanted, sort, None, 5)
        for command in operations.sent:
            assert bounds_all(command["hint"], command["filter"]), command
            assert priority is None or command["filter"]["priority_rank"] == priority.rank


def test_what_a_search_begins_with_is_found_by_the_bounds_of_its_index_alone() -> None:
    for scope, wanted, sort in product(SCOPES.values(), FILTERS.values(), Sort):
        for driver in queries.drivers(scope, wanted, sort):
            assert bounds_all(driver.index, driver.query), driver


@pytest.mark.deep
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("budget", [2_000, 3], ids=["rare", "common"])
def test_no_list_and_no_search_scans_the_store(
    watched: MongoStore,
    wire_database: Documents,
    operations: Operations,
    monkeypatch: pytest.MonkeyPatch,
    sort: Sort,
    budget: int,
) -> None:
    monkeypatch.setattr(jobs, "BUDGET", budget)
    stored_each(watched.ports(), CROWD)
    operations.forget()
    for scope, wanted in product(SCOPES.values(), FILTERS.values()):
        if (narrowed := scope.narrow(wanted)) is not None:
            watched.jobs.page(narrowed, wanted, sort, None, 5)
    asked = [command for command in operations.sent if next(iter(command)) in ("find", "aggregate")]
    assert len(asked) > 50
    explained: set[tuple[str, ...]] = set()
    for command in asked:
        if "aggregate" in command:
            query, hint = command["pipeline"][0]["$match"], command["hint"]
            assert command["pipeline"][1] == {"$limit": budget + 1}
        else:
            query, hint = command["filter"], command.get("hint")
        if hint is None:
            assert set(query["_id"]) == {"$in"}, "a look at entries that an index gave"
            continue
        first = FIELDS[hint][0]
        conditions = [query, *query.get("$and", [])]
        assert "all_" in hint or any(first in condition for condition in conditions), (hint, query)
        shape = (hint, *sorted(query))
        if shape in explained:
            continue
        explained.add(shape)
        find = {"find": "jobs", "filter": query, "hint": hint}
        plan = wire_database.command({"explain": find, "verbosity": "queryPlanner"})
        assert "IXSCAN" in stages(plan["queryPlanner"]["winningPlan"]), (hint, query)


def test_a_word_that_only_hidden_jobs_have_is_not_looked_at_for_the_office() -> None:
    for driver in queries.drivers(SCOPES["office manager"], FILTERS["a word"], Sort.NEWEST):
        assert driver.query["office"] is True
        assert driver.index == schema.WORDS


def test_a_technician_s_search_walks_only_their_own_streams() -> None:
    wanted = FILTERS["a prefix"]
    assert list(queries.drivers(SCOPES["technician"], wanted, Sort.NEWEST)) == []
    for part in queries.stretches(SCOPES["technician"], wanted, Sort.NEWEST, None):
        assert part.index == "technician_created"


@pytest.mark.parametrize(
    "wanted", [UserFilter(active=True), UserFilter(role=Role.TECHNICIAN), UserFilter()], ids=str
)
def test_a_list_of_users_follows_an_index(
    watched: MongoStore, operations: Operations, wanted: UserFilter
) -> None:
    operations.forget()
    watched.users.page(wanted, id_of(1), 10)
    (asked,) = operations.sent
    if "hint" in asked:
        assert merges(asked["hint"], asked["filter"], list(asked["sort"].items()))
    else:
        assert set(asked["filter"]) == set(asked["sort"]) == {"_id"}


def test_a_customer_s_jobs_are_found_by_an_index(watched: MongoStore, wire_database: Documents) -> None:
    ann, ben = b"ann" * 5, b"ben" * 5
    for number, keys in enumerate([(ann, ben), (), (ben,), (ann,)], 1):
        stored(watched.ports(), a_job(number, customer_keys=keys))
    theirs = {"customer_keys": ann}
    found = wire_database["jobs"].find(theirs).hint(schema.CUSTOMERS)
    assert sorted(job["_id"] for job in found) == [id_of(1), id_of(4)]
    plan = wire_database.command({"explain": {"find": "jobs", "filter": theirs}, "verbosity": "queryPlanner"})
    assert "IXSCAN" in stages(plan["queryPlanner"]["winningPlan"])


def index_of(database: Documents, asked: dict[str, Any]) -> str:
    """The index that answers a question, by its name."""
    query = asked["pipeline"][0]["$match"] if "aggregate" in asked else asked["filter"]
    find = {"find": next(iter(asked.values())), "filter": query}
    find |= {name: asked[name] for name in ("sort", "hint") if name in asked}
    plan = database.command({"explain": find, "verbosity": "queryPlanner"})["queryPlanner"]["winningPlan"]
    while "inputStage" in plan:
        plan = plan["inputStage"]
    assert plan["stage"] == "IXSCAN", plan
    return str(plan["indexName"])


def test_the_questions_about_notices_follow_their_indexes(
    watched: MongoStore, wire_database: Documents, operations: Operations
) -> None:
    for number in range(1, 30):
        due_at = START if number % 2 else None
        watched.inboxes.notify(a_notice(number, id_of(900 + number % 3), due_at=due_at))
    operations.forget()
    watched.inboxes.notices(id_of(901), id_of(20), 5)
    watched.inboxes.unread(id_of(901), START)
    watched.inboxes.mark_all_read(id_of(901), START)
    watched.inboxes.take_due(START, START + 5, 3)
    asked = [command for command in operations.sent if next(iter(command)) in ("find", "aggregate")]
    named = [index_of(wire_database, command) for command in asked[:4]]
    assert named == ["inbox", schema.UNREAD, schema.UNREAD, schema.DUE]
    assert set(asked[4]["filter"]) == {"_id", "taken"}
    assert merges(schema.UNREAD, asked[2]["filter"], list(asked[2]["sort"].items()))
    assert merges(schema.DUE, {}, list(asked[3]["sort"].items()))
    # MongoDB uses a partial index only for a question that lies within its condition.
    assert asked[3]["filter"]["due_at"]["$gte"] == 0


def test_the_unread_of_many_are_counted_by_their_index(
    watched: MongoStore, wire_database: Documents, operations: Operations
) -> None:
    for number in range(1, 30):
        watched.inboxes.notify(a_notice(number, id_of(900 + number % 3)))
    operations.forget()
    assert watched.inboxes.unread_of([id_of(901), id_of(902)], START) == {id_of(901): 10, id_of(902): 10}
    (asked,) = operations.sent
    assert index_of(wire_database, asked) == schema.UNREAD


def test_of_notices_that_nothing_waits_for_the_index_of_what_is_due_holds_none() -> None:
    (due,) = [model.document for model in schema.indexes()["notices"] if model.document["name"] == schema.DUE]
    assert due["partialFilterExpression"] == {"due_at": {"$gte": 0}}


def test_what_is_due_to_a_webhook_is_read_in_order_without_what_waits_behind_it(
    watched: MongoStore, operations: Operations
) -> None:
    operations.forget()
    watched.deliveries.due(id_of(1), START, 5)
    (asked,) = operations.sent
    assert merges(schema.WAITING, asked["filter"], list(asked["sort"].items()))
    assert asked["hint"] == schema.WAITING
    assert asked["filter"]["due_at"]["$gte"] == 0


def test_announcements_are_a_merge_of_those_for_a_role_and_those_for_all(
    watched: MongoStore, operations: Operations
) -> None:
    watched.ledger.commit(announcement_change(an_announcement(1)))
    operations.forget()
    watched.announcements.page(Role.TECHNICIAN, START, id_of(5), 5)
    watched.announcements.page(None, START, id_of(5), 5)
    of_a_role, of_all = operations.sent
    assert is_point(of_a_role["filter"]["role"])
    assert merges(schema.FOR_WHOM, of_a_role["filter"], [("_id", -1)])
    assert set(of_all["filter"]) == {"$or", "_id"}


def test_followers_and_subscriptions_are_found_by_user_and_by_job(
    watched: MongoStore, wire_database: Documents, operations: Operations
) -> None:
    for number in range(1, 20):
        watched.followers.follow(id_of(900 + number % 3), id_of(number % 4))
        watched.subscriptions.keep(a_subscription(number, id_of(900 + number % 3)))
    operations.forget()
    watched.followers.of(id_of(1))
    watched.followers.followed_by(id_of(901), id_of(1), 5)
    watched.subscriptions.of(id_of(901))
    of_job, *of_user = operations.sent
    assert set(of_job["filter"]) == set(of_job["sort"]) == {"_id"}
    assert [index_of(wire_database, command) for command in of_user] == ["followed", "devices"]
    assert merges("followed", of_user[0]["filter"], list(of_user[0]["sort"].items()))


def test_only_the_users_have_a_unique_index_so_that_everything_else_can_be_sharded() -> None:
    unique = {
        collection
        for collection, models in schema.indexes().items()
        if any(model.document.get("unique") for model in models)
    }
    assert unique == {schema.USERS}

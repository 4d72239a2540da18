"""What is read costs SQLite as many steps as it is long, however much lies beside and behind it."""

from collections.abc import Callable

import pytest
from tests.adapters.sqlite.test_query_plans import ANN, BOB, SCOPES

from hosanna_adapters.sqlite import SqliteStore
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.model.webhook import Delivery
from hosanna_core.rules.visibility import SEES_ALL, Scope
from hosanna_core.testing.integration_samples import a_delivery
from hosanna_core.testing.samples import (
    START,
    a_job,
    crowd,
    id_of,
    job_change,
)

QUESTIONS = {
    "a list": JobFilter(),
    "a word": JobFilter(words=("panel",)),
    "a prefix": JobFilter(prefix="pane"),
    "a priority": JobFilter(priority=Priority.NORMAL),
}


@pytest.fixture
def crowded(opened: SqliteStore) -> SqliteStore:
    """A store with some jobs."""
    assert (
        opened.ports().ledger.commit_each([job_change(job) for job in crowd(60, (ANN, BOB))]) == [None] * 60
    )
    return opened


def steps(opened: SqliteStore, scope: Scope, wanted: JobFilter, sort: Sort) -> int:
    """How many steps a page takes."""

    def page() -> int:
        return len(opened.ports().jobs.page(scope, wanted, sort, None, 5).rows)

    return machine_steps(opened, lambda: page() == 5)


def machine_steps(opened: SqliteStore, act: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for what *act* reads: the time it takes, without the noise."""
    db, ticks = opened._readers._take(), [0]
    db.set_progress_handler(lambda: ticks.append(0), 1)
    opened._readers._give(db)
    assert act()
    assert opened._readers._take() is db
    db.set_progress_handler(None, 1)
    opened._readers._give(db)
    return len(ticks)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("scope", ["administrator", "office manager"])
def test_a_page_reads_only_what_it_shows_however_many_jobs_follow(
    crowded: SqliteStore, scope: str, sort: Sort
) -> None:
    few = steps(crowded, SCOPES[scope], JobFilter(), sort)
    crowded.ports().ledger.commit_each([job_change(job) for job in crowd(1_000, (ANN, BOB), first=61)])
    assert steps(crowded, SCOPES[scope], JobFilter(), sort) < few * 1.5


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
@pytest.mark.parametrize("question", ["a word", "a prefix"])
def test_a_search_by_the_time_of_creation_counts_what_it_finds_but_does_not_look_at_it(
    crowded: SqliteStore, question: str, sort: Sort
) -> None:
    crowded.ports().ledger.commit_each([job_change(job) for job in crowd(1_000, (ANN, BOB), first=61)])
    sorts_all = steps(crowded, SEES_ALL, QUESTIONS[question], Sort.PRIORITY)
    assert steps(crowded, SEES_ALL, QUESTIONS[question], sort) < sorts_all / 2


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("scope", ["technician", "office manager"])
def test_what_is_hidden_costs_no_step(opened: SqliteStore, scope: str, question: str, sort: Sort) -> None:
    wanted = QUESTIONS[question]
    seen = [
        a_job(
            number, title="panel", status=Status.DISPATCHED, standing=Standing.DISPATCHED, technician_id=ANN
        )
        for number in range(1, 9)
    ]
    others = [
        a_job(number, title="panel", created_at=START + number, status=job.status, standing=job.standing)
        for number, job in enumerate(crowd(300, (BOB,)), start=100)
        if not SCOPES[scope].admits(job.place)
    ]
    ledger = opened.ports().ledger
    ledger.commit_each([job_change(job) for job in seen])
    alone = steps(opened, SCOPES[scope], wanted, sort)
    assert not any(ledger.commit_each([job_change(job) for job in others]))
    assert steps(opened, SCOPES[scope], wanted, sort) == alone


def test_twenty_of_what_is_due_to_a_webhook_cost_the_same_however_much_waits(opened: SqliteStore) -> None:
    deliveries = opened.ports().deliveries

    def cost() -> int:
        assert list(deliveries.with_due(START)) == [id_of(900), id_of(901)]
        found = deliveries.due(id_of(900), START, 20)
        assert [each.id for each in found] == [id_of(number) for number in range(0, 40, 2)]
        return len(found)

    assert deliveries.queue([waiting(number) for number in range(60)], None, b"1")
    few = machine_steps(opened, cost)
    assert deliveries.queue([waiting(number) for number in range(60, 2_000)], b"1", b"2")
    assert machine_steps(opened, cost) < few * 1.2


def waiting(number: int) -> Delivery:
    """One of many, for one of two webhooks."""
    return a_delivery(number, id_of(900 + number % 2), due_at=START)

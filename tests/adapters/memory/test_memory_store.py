"""What is the memory store's own: its feed of events, what it forgets, and what it does not do twice."""

import pytest

from hosanna_adapters.memory import MemoryStore
from hosanna_adapters.memory.jobs import BUDGET
from hosanna_core.errors import StaleVersion
from hosanna_core.model.ids import DAY
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.rules.visibility import SEES_ALL
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.reading import ANYTHING, walk
from hosanna_core.testing.samples import START, a_job, after, id_of, job_change


def test_events_are_kept_in_the_order_of_the_commits() -> None:
    store = MemoryStore()
    first = job_change(a_job(1))
    second = job_change(after(first.root), first.root)
    for change in (first, job_change(a_job(2)), second):
        store.ledger.commit(change)
    assert [(event.subject.id, event.version) for event in store.events] == [
        (id_of(1), 1),
        (id_of(2), 1),
        (id_of(1), 2),
    ]


def test_a_refused_change_is_no_event() -> None:
    store = MemoryStore()
    store.ledger.commit(job_change(a_job(1)))
    with pytest.raises(StaleVersion):
        store.ledger.commit(job_change(a_job(1)))
    assert len(store.events) == 1


def test_receipts_older_than_a_day_are_dropped_when_another_is_written() -> None:
    store = MemoryStore()
    for number in range(1, 4):
        receipt = a_receipt(f"key-{number}", START + (number - 1) * DAY)
        store.ledger.commit(job_change(a_job(number), receipt=receipt))
    assert list(store._state.receipts) == ["key-3"]


def test_what_is_read_is_what_was_stored_and_no_copy_of_it() -> None:
    store = MemoryStore()
    change = job_change(a_job(1))
    store.ledger.commit(change)
    assert store.jobs.get(id_of(1), SEES_ALL) is change.root


def test_nothing_is_sorted_split_or_rendered_before_somebody_looks() -> None:
    store = MemoryStore()
    job = job_change(a_job(1)).root
    store.ledger.commit(job_change(a_job(1)))
    store.ledger.commit(job_change(after(job), job))
    assert (store._state.words, store._state.bodies) == ({}, {})
    assert walk(store.ports(), SEES_ALL, JobFilter(words=("visit",)), Sort.NEWEST)
    assert (set(store._state.words), set(store._state.bodies)) == ({job.id}, {job.id})


def test_a_change_that_leaves_the_text_alone_leaves_the_words_alone() -> None:
    store = MemoryStore()
    job = job_change(a_job(1)).root
    store.ledger.commit(job_change(a_job(1)))
    walk(store.ports(), SEES_ALL, JobFilter(words=("visit",)), Sort.NEWEST)
    words = store._state.words[job.id]
    store.ledger.commit(job_change(after(job, duration_minutes=90), job))
    assert store._state.words[job.id] is words


def test_a_search_looks_at_a_bounded_number_of_jobs_and_tells_where_to_go_on() -> None:
    store = MemoryStore()
    store.ledger.commit_each([job_change(a_job(number)) for number in range(1, BUDGET + 101)])
    page = store.jobs.page(SEES_ALL, JobFilter(words=("nowhere",)), Sort.OLDEST, None, 50)
    assert page.rows == ()
    assert page.next is not None
    assert page.next.id == id_of(BUDGET)


def test_a_list_without_a_search_is_not_bounded() -> None:
    store = MemoryStore()
    store.ledger.commit_each([job_change(a_job(number)) for number in range(1, BUDGET + 101)])
    page = store.jobs.page(SEES_ALL, ANYTHING, Sort.OLDEST, None, BUDGET + 100)
    assert len(page.rows) == BUDGET + 100
    assert page.next is None

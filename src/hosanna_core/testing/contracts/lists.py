"""The contract of `Jobs.page`: every list is what the oracle says, in its order, however it is paged."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_core.model.documents import body_of
from hosanna_core.model.ids import DAY, HOUR, MINUTE
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.query import JobFilter, Sort
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Standing, Status
from hosanna_core.rules.visibility import EVERYTHING, SEES_ALL, Scope, scope_of
from hosanna_core.rules.words import asked
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, stored, stored_each
from hosanna_core.testing.contracts.jobs import ANN, BOB
from hosanna_core.testing.reading import ANYTHING, expected, walk
from hosanna_core.testing.samples import START, a_job, after, crowd

if TYPE_CHECKING:
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.job import Job
    from hosanna_core.ports import Store

CROWD: Final = crowd(70, (ANN, BOB))
SCOPES: Final = {
    "administrator": SEES_ALL,
    "office manager": scope_of(Actor(ANN, Role.OFFICE_MANAGER)),
    "technician": scope_of(Actor(ANN, Role.TECHNICIAN)),
    "somebody's everything": Scope(EVERYTHING, BOB),
    "one standing": Scope(frozenset({Standing.CANCELLED_FIELD}), None),
}


def question(text: str) -> JobFilter:
    """What a search for *text* asks of a store."""
    words, prefix = asked(text)
    return JobFilter(words=words, prefix=prefix)


FILTERS: Final = {
    "anything": ANYTHING,
    "one status": JobFilter(statuses=frozenset({Status.CANCELLED})),
    "two statuses": JobFilter(statuses=frozenset({Status.TENTATIVE, Status.BILLED})),
    "a technician": JobFilter(technician_id=ANN),
    "a priority": JobFilter(priority=Priority.EMERGENCY),
    "created from": JobFilter(created_from=START + 5 * HOUR),
    "created between": JobFilter(created_from=START + 5 * HOUR, created_to=START + 12 * HOUR),
    "window from": JobFilter(window_from=START + 3 * DAY),
    "window to": JobFilter(window_to=START + 5 * DAY),
    "window between": JobFilter(window_from=START + 2 * DAY, window_to=START + 6 * DAY),
    "both ranges": JobFilter(created_from=START + 3 * HOUR, window_to=START + 6 * DAY),
    "a word": question("panel x"),
    "a prefix": question("pan"),
    "words of any script": question("señor über"),
    "a number": question("J-000007"),
    "part of a number": question("j-00000"),
    "words and a priority": msgspec.structs.replace(question("rewire lee"), priority=Priority.LOW),
    "nothing": JobFilter(created_from=START + DAY, created_to=START),
}


class ListsContract(StoreContract):
    """Filters, sorts, scopes and pages of the jobs' list."""

    @pytest.mark.parametrize("scope", SCOPES)
    @pytest.mark.parametrize("sort", Sort)
    def test_every_list_is_what_the_oracle_says(self, store: Store, scope: str, sort: Sort) -> None:
        jobs = stored_each(store, CROWD)
        for name, wanted in FILTERS.items():
            narrowed = SCOPES[scope].narrow(wanted)
            if narrowed is None:
                continue
            rows = walk(store, narrowed, wanted, sort, limit=20)
            assert [row.id for row in rows] == expected(jobs, SCOPES[scope], wanted, sort), name

    @shared_store
    @given(
        scope=strategies.scopes(st.sampled_from((ANN, BOB))),
        wanted=strategies.job_filters(st.sampled_from((ANN, BOB))),
        sort=strategies.sorts(),
        limit=st.integers(1, 30),
    )
    def test_any_list_is_what_the_oracle_says(
        self, store: Store, scope: Scope, wanted: JobFilter, sort: Sort, limit: int
    ) -> None:
        if store.jobs.get(CROWD[0].id, SEES_ALL) is None:
            stored_each(store, CROWD)
        narrowed = scope.narrow(wanted)
        rows = [] if narrowed is None else walk(store, narrowed, wanted, sort, limit=limit)
        assert [row.id for row in rows] == expected(CROWD, scope, wanted, sort)

    def test_a_row_carries_the_job_as_a_get_shows_it(self, store: Store) -> None:
        jobs = {job.id: job for job in stored_each(store, CROWD)}
        for row in walk(store, SEES_ALL, ANYTHING, Sort.NEWEST):
            assert row.body == body_of(jobs[row.id])

    def test_a_row_carries_the_newest_state(self, store: Store) -> None:
        job = stored(store, a_job(1))
        job = stored(store, after(job, title="Another title"), job)
        (row,) = walk(store, SEES_ALL, ANYTHING, Sort.NEWEST)
        assert row.body == body_of(job)

    @pytest.mark.parametrize("sort", Sort)
    @pytest.mark.parametrize("limit", [1, 7, 70, 200])
    def test_without_a_search_only_the_last_page_is_short(self, store: Store, sort: Sort, limit: int) -> None:
        stored_each(store, CROWD)
        for wanted in (ANYTHING, JobFilter(priority=Priority.LOW)):
            page = store.jobs.page(SEES_ALL, wanted, sort, None, limit)
            while page.next is not None:
                assert len(page.rows) == limit
                page = store.jobs.page(SEES_ALL, wanted, sort, page.next, limit)

    @pytest.mark.parametrize("sort", Sort)
    def test_jobs_that_are_equal_in_what_a_list_sorts_by_are_all_shown_once(
        self, store: Store, sort: Sort
    ) -> None:
        jobs = stored_each(store, [a_job(number, created_at=START) for number in range(1, 24)])
        shown = [row.id for row in walk(store, SEES_ALL, ANYTHING, sort, limit=4)]
        assert shown == expected(jobs, SEES_ALL, ANYTHING, sort)

    @pytest.mark.parametrize("sort", Sort)
    def test_paging_never_repeats_or_skips_what_did_not_change(self, store: Store, sort: Sort) -> None:
        jobs = {job.id: job for job in stored_each(store, CROWD)}
        changed: set[JobId] = set()
        chance = Random(sort)

        def disturb() -> None:
            victim = jobs[chance.choice(sorted(jobs))]
            jobs[victim.id] = stored(store, disturbed(victim, chance), victim)
            newcomer = stored(store, crowd(1, (ANN,), seed=chance.randrange(99), first=100 + len(jobs))[0])
            jobs[newcomer.id] = newcomer
            changed.update((victim.id, newcomer.id))

        shown = [row.id for row in walk(store, SEES_ALL, ANYTHING, sort, limit=6, between=disturb)]
        still = [job for job in jobs.values() if job.id not in changed]
        assert [each for each in shown if each not in changed] == expected(still, SEES_ALL, ANYTHING, sort)

    def test_paging_goes_on_from_a_row_that_is_gone(self, store: Store) -> None:
        jobs = stored_each(store, [a_job(number) for number in range(1, 8)])
        tentative = Scope(frozenset({Standing.TENTATIVE}), None)
        page = store.jobs.page(tentative, ANYTHING, Sort.OLDEST, None, 3)
        last = jobs[2]
        assert page.rows[-1].id == last.id
        stored(store, after(last, status=Status.CONFIRMED, standing=Standing.CONFIRMED), last)
        rest = store.jobs.page(tentative, ANYTHING, Sort.OLDEST, page.next, 10)
        assert [row.id for row in rest.rows] == [job.id for job in jobs[3:]]

    def test_a_job_without_a_window_comes_last_and_moves_when_it_gets_one(self, store: Store) -> None:
        first = stored(store, a_job(1))
        second = stored(store, a_job(2, window=Window(START + DAY, START + DAY + HOUR)))
        assert shown(store, Sort.WINDOW) == [second.id, first.id]
        stored(store, after(first, window=Window(START, START + HOUR)), first)
        assert shown(store, Sort.WINDOW) == [first.id, second.id]

    def test_a_range_over_windows_leaves_out_jobs_without_one(self, store: Store) -> None:
        stored(store, a_job(1))
        for sort in Sort:
            assert walk(store, SEES_ALL, JobFilter(window_from=0), sort) == []

    def test_an_emergency_comes_first_and_moves_when_it_is_none_any_more(self, store: Store) -> None:
        calm = stored(store, a_job(1, priority=Priority.HIGH))
        urgent = stored(store, a_job(2, priority=Priority.EMERGENCY))
        assert shown(store, Sort.PRIORITY) == [urgent.id, calm.id]
        stored(store, after(urgent, priority=Priority.LOW), urgent)
        assert shown(store, Sort.PRIORITY) == [calm.id, urgent.id]


class SearchContract(StoreContract):
    """Words, prefixes, and pages that are short though more follow."""

    def test_a_job_is_found_by_any_word_of_it(self, store: Store) -> None:
        job = stored(store, a_job(123, title="Überspannung im Keller", description="two O'Neil panels"))
        stored(store, a_job(124))
        for text in ("uberspannung", "KELLER", "neil", "panels two", "J-000123", "000123", "ÜBER", "555"):
            assert found(store, text) == ([job.id] if text != "555" else [job.id, id_after(job)][::-1]), text

    def test_every_word_must_be_there_but_only_the_last_may_be_a_beginning(self, store: Store) -> None:
        job = stored(store, a_job(1, title="panel upgrade"))
        assert found(store, "panel upg") == [job.id]
        assert found(store, "pan upgrade") == []
        assert found(store, "panel rewire") == []

    def test_a_search_follows_the_text_of_the_job(self, store: Store) -> None:
        job = stored(store, a_job(1, title="panel", description="rewire"))
        job = stored(store, after(job, title="outlet"), job)
        assert (found(store, "panel"), found(store, "outlet"), found(store, "rewire")) == (
            [],
            [job.id],
            [job.id],
        )

    def test_characters_that_mean_something_to_a_query_mean_nothing_here(self, store: Store) -> None:
        stored(store, a_job(1, title="plain"))
        for prefix in ("pl%", "p_ain", "pl.*", "^pl", "pl'", 'pl"', "pl\\"):
            assert walk(store, SEES_ALL, JobFilter(prefix=prefix), Sort.NEWEST) == [], prefix
        for word in ("pl%in", "$plain", "plain'"):
            assert walk(store, SEES_ALL, JobFilter(words=(word,)), Sort.NEWEST) == [], word

    def test_a_search_finds_nothing_outside_the_scope(self, store: Store) -> None:
        stored_each(store, CROWD)
        technician = SCOPES["technician"]
        rows = walk(store, technician, question("le"), Sort.NEWEST, limit=3)
        assert [row.id for row in rows] == expected(CROWD, technician, question("le"), Sort.NEWEST)

    def test_a_long_search_goes_on_to_its_end_over_short_pages(self, store: Store) -> None:
        few = {0, 1, self.many // 2}
        titles = {number: "needle in hay" if number in few else "hay" for number in range(self.many)}
        jobs = stored_each(store, [a_job(number + 1, title=title) for number, title in titles.items()])
        offices = Scope(frozenset({Standing.TENTATIVE}), None)
        for text in ("needle", "hay needle", "hay nee"):
            for sort in (Sort.NEWEST, Sort.WINDOW):
                rows = walk(store, offices, question(text), sort, limit=5)
                assert [row.id for row in rows] == expected(jobs, SEES_ALL, question(text), sort)


def shown(store: Store, sort: Sort) -> list[JobId]:
    """The ids of a whole list."""
    return [row.id for row in walk(store, SEES_ALL, ANYTHING, sort)]


def found(store: Store, text: str) -> list[JobId]:
    """The ids that a search finds, the newest first."""
    return [row.id for row in walk(store, SEES_ALL, question(text), Sort.NEWEST)]


def id_after(job: Job) -> JobId:
    """The id of the sample that was made next."""
    return a_job(job.number + 1).id


def disturbed(job: Job, chance: Random) -> Job:
    """The job's next version, somewhere else in every order and standing that may change."""
    start = START + chance.randrange(12) * DAY
    moved: Job = after(
        job,
        priority=chance.choice(tuple(Priority)),
        window=chance.choice((None, Window(start, start + 90 * MINUTE))),
        standing=chance.choice((job.standing, Standing.COMPLETED)),
    )
    return moved

"""Sort keys: never null, and the same on every store."""

from itertools import pairwise

import pytest

from hosanna_core.model.ids import FAR_FUTURE, LATEST
from hosanna_core.model.query import Sort
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority
from hosanna_core.rules.ordering import descending, keys_of, position_of
from hosanna_core.testing.samples import START, a_job, crowd, id_of


def in_order(jobs, sort):
    return sorted(jobs, key=lambda job: (*keys_of(job).of(sort), job.id), reverse=descending(sort))


def test_emergencies_come_first_and_what_is_low_last():
    jobs = [
        a_job(n, priority=Priority(name)) for n, name in enumerate(("LOW", "EMERGENCY", "NORMAL", "HIGH"))
    ]
    ordered = in_order(jobs, Sort.PRIORITY)
    assert [job.priority for job in ordered] == ["EMERGENCY", "HIGH", "NORMAL", "LOW"]


def test_of_one_priority_the_oldest_comes_first():
    assert [job.number for job in in_order([a_job(3), a_job(1), a_job(2)], Sort.PRIORITY)] == [1, 2, 3]


def test_jobs_without_a_window_come_last_even_behind_the_last_window_of_the_calendar():
    last = Window(LATEST - 1, LATEST)
    jobs = [a_job(1), a_job(2, window=last), a_job(3, window=Window(START, START + 1))]
    assert [job.number for job in in_order(jobs, Sort.WINDOW)] == [3, 2, 1]
    assert keys_of(jobs[0]).window_key == FAR_FUTURE > LATEST


def test_the_newest_order_is_the_oldest_backwards_down_to_the_id():
    twins = [a_job(n, created_at=START) for n in range(5)]
    assert in_order(twins, Sort.NEWEST) == in_order(twins, Sort.OLDEST)[::-1]
    assert [sort for sort in Sort if descending(sort)] == [Sort.NEWEST]


CROWD = crowd(120, [id_of(901), id_of(902)])


@pytest.mark.parametrize("sort", Sort)
def test_every_order_is_total_and_its_positions_rise_or_fall_with_it(sort):
    positions = [(*position_of(sort, job).keys, position_of(sort, job).id) for job in in_order(CROWD, sort)]
    for one, next_one in pairwise(positions):
        assert (one > next_one) if descending(sort) else (one < next_one)


@pytest.mark.parametrize("sort", Sort)
def test_every_key_is_a_whole_number_that_every_store_keeps(sort):
    assert all(type(key) is int and 0 <= key < 2**63 for job in CROWD for key in position_of(sort, job).keys)

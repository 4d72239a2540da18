"""Counting once for several processes."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits.storage import MemoryStorage
from tests.adapters.limits.conftest import PATIENT, Counters

from hosanna_adapters.distant import Opened
from hosanna_adapters.limits import LimitsThrottles
from hosanna_adapters.limits.shared import SharedCounter
from hosanna_adapters.limits.terms import Terms
from hosanna_core.model.limits import Limit, Use

FEW = Use(Limit("few", 7, 60), "somebody")
MANY = Use(Limit("many", 6_000, 60), "somebody")


def test_two_instances_count_a_small_limit_as_one_and_exactly(counters: Counters) -> None:
    one, other = LimitsThrottles(counters()), LimitsThrottles(counters())
    answers = [(one, other)[n % 2].count([FEW]) for n in range(9)]
    assert [answer and answer.remaining for answer in answers] == [6, 5, 4, 3, 2, 1, 0, None, None]


def test_two_instances_admit_a_large_limit_once_to_the_last_use(counters: Counters) -> None:
    waiting = [LimitsThrottles(counters()), LimitsThrottles(counters())]
    admitted = 0
    while waiting:
        for throttles in list(waiting):
            if throttles.count([MANY]) is None:
                waiting.remove(throttles)
            else:
                admitted += 1
    assert admitted == 6_000


def test_a_large_limit_is_leased_and_the_counter_is_seldom_asked(
    counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = counters()
    throttles = LimitsThrottles(counter)
    asked = []
    take = counter.take
    monkeypatch.setattr(counter, "take", lambda *args: asked.append(args) or take(*args))
    assert all(throttles.count([MANY]) for _ in range(1_000))
    assert len(asked) < 25


class Refusing(MemoryStorage):
    """Refuses the next tries to take something, as MongoDB does where two make the document of a key at once."""

    refusals = 0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        if self.refusals:
            self.refusals -= 1
            return False
        return super().acquire_entry(key, limit, expiry, amount)


def alone(storage: Refusing) -> SharedCounter:
    return SharedCounter("one that is here", lambda: Opened(storage, lambda: None), patience=PATIENT)


def test_the_end_of_a_limit_is_given_out_though_it_is_smaller_than_what_is_asked() -> None:
    counter, terms = alone(Refusing()), Terms(MANY.limit)
    deadline = time.monotonic() + PATIENT
    assert counter.take(terms, "key", terms.units_most - 2, deadline)
    last = counter.take(terms, "key", terms.biggest, deadline)
    assert last
    assert (last.got, last.held) == (2, terms.units_most)
    counter.close()


def test_a_refusal_though_something_is_left_is_asked_again() -> None:
    storage = Refusing()
    counter, terms = alone(storage), Terms(FEW.limit)
    storage.refusals = 1
    taken = counter.take(terms, "key", 1, time.monotonic() + PATIENT)
    assert taken
    assert (taken.got, taken.held) == (1, 1)
    counter.close()


def test_what_one_instance_leased_and_did_not_spend_the_others_do_not_have(counters: Counters) -> None:
    one, other = LimitsThrottles(counters()), LimitsThrottles(counters())
    for _ in range(200):
        one.count([MANY])
    assert 6_000 - 200 - 60 <= other.left([MANY]).remaining <= 6_000 - 200


def test_failed_tries_are_counted_over_all_and_others_are_not(counters: Counters) -> None:
    one, other = LimitsThrottles(counters()), LimitsThrottles(counters())
    for throttles in [one, other, one]:
        assert throttles.begin([FEW])
        throttles.end([FEW], failed=True)
        assert throttles.begin([FEW])
        throttles.end([FEW], failed=False)
    assert [one.left([FEW]).remaining, other.left([FEW]).remaining] == [4, 4]
    for _ in range(4):
        assert other.begin([FEW])
        other.end([FEW], failed=True)
    assert not one.begin([FEW])
    assert not other.begin([FEW])
    assert 0 < one.left([FEW]).reset <= 60


def test_of_two_uses_neither_is_counted_if_one_is_exhausted(counters: Counters) -> None:
    throttles = LimitsThrottles(counters())
    once = Use(Limit("once", 1, 60), "somebody")
    assert throttles.count([FEW, once])
    assert throttles.count([FEW, once]) is None
    assert throttles.left([FEW]).remaining == 6


def test_threads_of_two_instances_that_race_get_no_more_than_there_is(counters: Counters) -> None:
    instances = [LimitsThrottles(counters()), LimitsThrottles(counters())]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: instances[n % 2].count([FEW]), range(60)))
        begun = list(threads.map(lambda n: instances[0].begin([Use(FEW.limit, "other")]), range(60)))
        many = list(threads.map(lambda n: instances[n % 2].count([Use(MANY.limit, "racer")]), range(9_000)))
    assert len([answer for answer in answers if answer]) == 7
    assert sum(begun) == 7
    assert 6_000 - 2 * 60 <= len([answer for answer in many if answer]) <= 6_000


def test_other_keys_and_other_limits_are_counted_apart(counters: Counters) -> None:
    throttles = LimitsThrottles(counters())
    assert throttles.count([FEW])
    assert throttles.left([Use(FEW.limit, "another")]).remaining == 7
    assert throttles.left([Use(Limit("other", 7, 60), "somebody")]).remaining == 7
    assert throttles.left([FEW]).remaining == 6


def test_a_process_that_starts_anew_finds_what_was_counted(counters: Counters) -> None:
    for _ in range(7):
        LimitsThrottles(counters()).count([FEW])
    assert LimitsThrottles(counters()).count([FEW]) is None


def test_what_has_grown_old_in_the_counter_counts_no_more(counters: Counters) -> None:
    brief = Use(Limit("brief", 1, 1), "somebody")
    throttles = LimitsThrottles(counters())
    assert throttles.count([brief])
    refused = throttles.count([brief])
    while throttles.left([brief]).exhausted:
        time.sleep(0.05)
    assert refused is None
    assert throttles.count([brief])

"""Counting within one process."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosanna_adapters.limits import LimitsThrottles, NoThrottles
from hosanna_core.model.limits import Limit, Use

FEW = Use(Limit("few", 3, 60), "somebody")
MANY = Use(Limit("many", 6_000, 60), "somebody")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttles(clock: Clock) -> LimitsThrottles:
    return LimitsThrottles(clock=clock)


def test_no_more_is_admitted_than_the_limit_says(throttles: LimitsThrottles) -> None:
    answers = [throttles.count([FEW]) for _ in range(5)]
    assert [answer and answer.remaining for answer in answers] == [2, 1, 0, None, None]


def test_the_window_moves_with_every_use(throttles: LimitsThrottles, clock: Clock) -> None:
    for _ in range(3):
        assert throttles.count([FEW])
        clock.now += 10
    clock.now += 29
    assert throttles.count([FEW]) is None, "59 seconds after the first use"
    clock.now += 1
    assert throttles.count([FEW])
    assert throttles.count([FEW]) is None, "the second use is 50 seconds old"


def test_the_reset_is_in_whole_seconds_until_there_is_more(throttles: LimitsThrottles, clock: Clock) -> None:
    assert throttles.left([FEW]).reset == 0, "there is never more than all of it"
    throttles.count([FEW])
    clock.now += 0.5
    assert throttles.left([FEW]).reset == 60
    clock.now += 58.5
    throttles.count([FEW])
    assert throttles.left([FEW]).reset == 1
    clock.now += 1
    assert throttles.left([FEW]).reset == 59, "the first is forgotten; the second is a second old"


def test_looking_at_what_is_left_counts_nothing(throttles: LimitsThrottles) -> None:
    assert {throttles.left([FEW]).remaining for _ in range(9)} == {3}


def test_the_answer_is_about_the_tightest(throttles: LimitsThrottles) -> None:
    one = Use(Limit("one", 1, 30), "somebody")
    assert throttles.left([MANY, one, FEW]).limit.name == "one"
    counted = throttles.count([MANY, one, FEW])
    assert counted
    assert (counted.limit.name, counted.remaining, counted.reset, counted.exhausted) == ("one", 0, 30, True)


def test_of_several_uses_none_is_counted_if_one_is_exhausted(throttles: LimitsThrottles) -> None:
    one = Use(Limit("one", 1, 30), "somebody")
    throttles.count([one])
    assert throttles.count([FEW, one]) is None
    assert throttles.left([FEW]).remaining == 3


def test_tries_under_way_and_failed_ones_are_limited_together(throttles: LimitsThrottles) -> None:
    assert [throttles.begin([FEW]) for _ in range(4)] == [True, True, True, False]
    assert throttles.left([FEW]).remaining == 0
    assert throttles.left([FEW]).reset >= 1
    throttles.end([FEW], failed=True)
    assert not throttles.begin([FEW])
    throttles.end([FEW], failed=False)
    assert throttles.begin([FEW])
    throttles.end([FEW], failed=False)
    throttles.end([FEW], failed=False)
    assert throttles.left([FEW]).remaining == 2


def test_a_try_that_is_refused_by_one_limit_has_begun_for_none(throttles: LimitsThrottles) -> None:
    one = Use(Limit("one", 1, 30), "somebody")
    assert throttles.begin([one])
    assert not throttles.begin([FEW, one])
    assert throttles.left([FEW]).remaining == 3


def test_threads_that_race_get_exactly_what_there_is(throttles: LimitsThrottles) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len([a for a in threads.map(lambda _: throttles.count([MANY]), range(7_000)) if a]) == 6_000
        assert sum(threads.map(lambda _: throttles.begin([FEW]), range(200))) == 3


@given(
    most=st.sampled_from([1, 5, 100, 101, 250, 6_000]),
    pauses=st.lists(st.floats(0, 40), max_size=12),
    burst=st.integers(1, 300),
)
def test_no_window_ever_admits_more_than_the_limit(most: int, pauses: list[float], burst: int) -> None:
    clock = Clock()
    throttles = LimitsThrottles(clock=clock)
    use = Use(Limit("any", most, 60), "somebody")
    admitted: list[float] = []
    for pause in pauses:
        for _ in range(burst):
            if throttles.count([use]):
                admitted.append(clock.now)
            clock.now += 0.01
        clock.now += pause
    for start in admitted:
        assert len([at for at in admitted if start <= at < start + 60]) <= most


def test_an_idle_key_has_everything_again_after_its_window(throttles: LimitsThrottles, clock: Clock) -> None:
    for _ in range(6_000):
        throttles.count([MANY])
        clock.now += 0.001
    assert throttles.count([MANY]) is None
    clock.now += 61
    assert throttles.left([MANY]).remaining == 6_000


def test_a_flood_of_keys_makes_it_forget_the_longest_unused_and_grow_no_further(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    for n in range(500):
        throttles.count([Use(FEW.limit, f"attacker {n}")])
        throttles.count([FEW])
    (shelf,) = throttles._shelves.values()
    assert len(shelf) == 100
    assert throttles.count([FEW]) is None, "who is busy is remembered"
    assert throttles.left([Use(FEW.limit, "attacker 1")]).remaining == 3


def test_who_only_asks_or_is_refused_makes_nobody_be_forgotten(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    full = Use(Limit("full", 1, 60), "somebody")
    throttles.count([full])
    throttles.count([FEW])
    for n in range(500):
        junk = Use(FEW.limit, f"junk {n}")
        assert throttles.left([junk]).remaining == 3
        assert not throttles.begin([junk, full])
        assert throttles.count([junk, full]) is None
    assert throttles.left([FEW]).remaining == 2
    assert [len(shelf) for shelf in throttles._shelves.values()] == [1, 1]


def test_tries_that_did_not_fail_leave_nothing_to_remember(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    throttles.count([FEW])
    for n in range(500):
        right = Use(FEW.limit, f"somebody else {n}")
        assert throttles.begin([right])
        throttles.end([right], failed=False)
    assert throttles.left([FEW]).remaining == 2
    (shelf,) = throttles._shelves.values()
    assert len(shelf) == 1


def test_what_counts_nothing_any_more_is_forgotten_before_what_counts(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    for n in range(50):
        throttles.count([Use(FEW.limit, f"long ago {n}")])
    clock.now += 55
    for n in range(50):
        throttles.count([Use(FEW.limit, f"just now {n}")])
    clock.now += 10
    for n in range(50):
        # Whoever asks about them makes them no younger.
        throttles.left([Use(FEW.limit, f"long ago {n}")])
        throttles.count([Use(FEW.limit, f"new {n}")])
    assert {throttles.left([Use(FEW.limit, f"just now {n}")]).remaining for n in range(50)} == {2}


def test_keys_of_one_use_each_do_not_wash_out_one_that_has_used_up_its_limit(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    for _ in range(3):
        throttles.count([FEW])
    for n in range(5_000):
        throttles.count([Use(FEW.limit, f"attacker {n}")])
    assert throttles.count([FEW]) is None


def test_a_flood_against_one_limit_makes_it_forget_nothing_of_another(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=100, clock=clock)
    other = Use(Limit("other", 1, 60), "somebody")
    throttles.count([other])
    for n in range(500):
        throttles.count([Use(FEW.limit, f"attacker {n}")])
    assert throttles.count([other]) is None


def test_a_try_under_way_is_never_forgotten(clock: Clock) -> None:
    throttles = LimitsThrottles(most_keys=10, clock=clock)
    for _ in range(3):
        assert throttles.begin([FEW])
    for n in range(50):
        throttles.count([Use(FEW.limit, f"attacker {n}")])
    assert not throttles.begin([FEW])


def test_what_has_grown_old_gives_its_memory_back(clock: Clock) -> None:
    throttles = LimitsThrottles(clock=clock)
    for n in range(500):
        throttles.count([Use(FEW.limit, f"then {n}")])
    clock.now += 62
    for n in range(300):
        throttles.count([Use(FEW.limit, f"now {n}")])
    (shelf,) = throttles._shelves.values()
    assert len(shelf) == 300


def test_a_large_limit_is_remembered_in_about_a_hundred_stamps(
    throttles: LimitsThrottles, clock: Clock
) -> None:
    for _ in range(6_000):
        throttles.count([MANY])
        clock.now += 0.01
    (shelf,) = throttles._shelves.values()
    assert len(shelf.look(MANY.key, clock.now)._stamps) <= math.ceil(6_000 * 0.01 / 0.6) + 1


def test_without_throttles_everything_is_admitted_and_nothing_is_counted() -> None:
    none = NoThrottles()
    for _ in range(9):
        assert none.begin([FEW])
        none.end([FEW], failed=True)
        assert none.count([MANY, FEW]) == none.left([FEW])
    assert (none.left([FEW]).remaining, none.left([FEW]).reset) == (3, 0)

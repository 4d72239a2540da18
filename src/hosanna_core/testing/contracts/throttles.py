"""The contract of `hosanna_core.ports.Throttles`."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from hosanna_core.model.limits import Limit, Use
from hosanna_core.testing.racing import race

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.ports import Throttles

MANY: Final = 50
"""Who try at the same moment."""
SLACK: Final = 0.05
"""Seconds by which two clocks may differ that both count the same stretch of time."""


def use(most: int = 3, seconds: int = 3_600, name: str = "login", key: str = "ann") -> Use:
    """A use of some limit; an hour long unless told otherwise, so that no test waits for it or outlasts it."""
    return Use(Limit(name, most, seconds), key)


class ThrottlesContract:
    """Override `throttles`, and `wait` and `now` where the clock that it counts by is not that of the machine."""

    shared: ClassVar[bool] = False
    """Several processes count as one: override `beside`, too."""

    @pytest.fixture
    def throttles(self) -> Throttles:
        """Throttles that have counted nothing yet. Yours."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'throttles'")

    @pytest.fixture
    def beside(self) -> Throttles:
        """For shared throttles: others, as another process has them, over the same counter as `throttles`."""
        raise NotImplementedError(f"{type(self).__name__} is shared and must override the fixture 'beside'")

    @pytest.fixture
    def wait(self) -> Callable[[float], None]:
        """Lets so many seconds pass."""
        return time.sleep

    @pytest.fixture
    def now(self) -> Callable[[], float]:
        """The present, in seconds since any moment."""
        return time.monotonic

    def test_a_limit_gives_as_many_as_it_says_and_no_more(self, throttles: Throttles) -> None:
        answers = [throttles.count((use(3),)) for _ in range(5)]
        assert [answer and answer.remaining for answer in answers] == [2, 1, 0, None, None]

    def test_what_is_left_is_what_it_says_and_asking_takes_nothing(self, throttles: Throttles) -> None:
        for remaining in (3, 2, 1, 0):
            for _ in range(3):
                left = throttles.left((use(3),))
                assert (left.limit, left.remaining) == (use(3).limit, remaining)
                assert left.exhausted is (remaining == 0)
            throttles.count((use(3),))

    def test_each_key_and_each_limit_counts_by_itself(self, throttles: Throttles) -> None:
        assert throttles.count((use(1),)) is not None
        for other in (use(1, key="bob"), use(1, name="reset"), use(1, key="ann|login"), use(1, key="")):
            assert throttles.count((other,)) is not None
            assert throttles.count((other,)) is None
        assert throttles.count((use(1),)) is None

    def test_two_names_that_run_into_one_another_are_told_apart(self, throttles: Throttles) -> None:
        pairs = (("a", "b/c"), ("a/b", "c"), ("a", "b:c"), ("a:b", "c"), ("a", "b|c"), ("a|b", "c"))
        for name, key in pairs:
            assert throttles.count((use(1, name=name, key=key),)) is not None, (name, key)

    def test_keys_of_any_text_are_counted(self, throttles: Throttles) -> None:
        for key in ("ann@example.com", "2001:db8::1", "é 光", "%s {} $1 *?[a-z]", "k" * 500):
            assert [throttles.count((use(1, key=key),)) is not None for _ in range(2)] == [True, False]

    def test_the_answer_is_about_the_tightest(self, throttles: Throttles) -> None:
        wide, narrow = use(10, name="address"), use(2)
        answer = throttles.count((wide, narrow))
        assert answer is not None
        assert (answer.limit, answer.remaining) == (narrow.limit, 1)
        assert throttles.left((wide, narrow)).limit == narrow.limit
        assert throttles.left((wide,)).remaining == 9

    def test_where_one_is_exhausted_none_is_counted(self, throttles: Throttles) -> None:
        wide, narrow = use(10, name="address"), use(1)
        throttles.count((narrow,))
        for uses in ((wide, narrow), (narrow, wide)):
            assert throttles.count(uses) is None
        assert throttles.left((wide,)).remaining == 10

    def test_fifty_who_count_at_once_get_no_more_than_the_limit(self, throttles: Throttles) -> None:
        given = race([lambda: throttles.count((use(20),)) is not None] * MANY)
        assert Counter(given) == {True: 20, False: MANY - 20}

    def test_a_try_that_did_not_fail_costs_nothing(self, throttles: Throttles) -> None:
        for _ in range(5):
            assert throttles.begin((use(2),))
            throttles.end((use(2),), failed=False)
        assert throttles.left((use(2),)).remaining == 2

    def test_as_many_tries_fail_as_the_limit_says(self, throttles: Throttles) -> None:
        for remaining in (1, 0):
            assert throttles.begin((use(2),))
            throttles.end((use(2),), failed=True)
            assert throttles.left((use(2),)).remaining == remaining
        assert not throttles.begin((use(2),))
        assert throttles.left((use(2),)).remaining == 0

    def test_a_try_that_is_under_way_may_still_fail_and_so_takes_its_place(
        self, throttles: Throttles
    ) -> None:
        assert throttles.begin((use(2),))
        assert throttles.left((use(2),)).remaining == 1
        assert throttles.begin((use(2),))
        assert not throttles.begin((use(2),))
        throttles.end((use(2),), failed=False)
        assert throttles.begin((use(2),))

    def test_where_one_limit_is_reached_no_try_begins_and_none_is_under_way(
        self, throttles: Throttles
    ) -> None:
        wide, narrow = use(10, name="address"), use(1)
        throttles.count((narrow,))
        for uses in ((wide, narrow), (narrow, wide)):
            assert not throttles.begin(uses)
        assert throttles.left((wide,)).remaining == 10

    def test_a_failed_try_counts_against_each_of_its_limits(self, throttles: Throttles) -> None:
        both = (use(10, name="address"), use(3))
        throttles.begin(both)
        throttles.end(both, failed=True)
        assert [throttles.left((each,)).remaining for each in both] == [9, 2]

    def test_of_fifty_who_try_at_once_no_more_fail_than_the_limit_says(self, throttles: Throttles) -> None:
        both = (use(10, name="address"), use(7))

        def fail() -> int:
            failed = 0
            for _ in range(3):
                if throttles.begin(both):
                    failed += 1
                    throttles.end(both, failed=True)
            return failed

        assert sum(race([fail] * MANY)) == 7
        assert throttles.left((both[1],)).remaining == 0

    def test_who_has_to_wait_is_told_for_how_long(
        self, throttles: Throttles, wait: Callable[[float], None]
    ) -> None:
        throttles.count((use(1, 1),))
        for _ in range(2):
            left = throttles.left((use(1, 1),))
            assert left.reset > 0 or not left.exhausted
            wait(left.reset + SLACK)
            assert throttles.left((use(1, 1),)).remaining == 1
            assert throttles.begin((use(1, 1),))
            throttles.end((use(1, 1),), failed=True)

    def test_no_stretch_of_that_length_ever_sees_more(
        self, throttles: Throttles, wait: Callable[[float], None], now: Callable[[], float]
    ) -> None:
        """A window that began anew with each second would let twice as many through around its edge."""
        given: list[tuple[float, float]] = []

        def go() -> None:
            before = now()
            if throttles.count((use(2, 1),)) is not None:
                given.append((before, now()))

        go()
        wait(0.9)
        for _ in range(28):
            go()
            wait(0.04)
        assert len(given) >= 3
        for (first, _), (_, third) in zip(given, given[2:], strict=False):
            assert third - first > 1 - SLACK

    def test_two_processes_count_as_one(self, throttles: Throttles, request: pytest.FixtureRequest) -> None:
        beside = self._beside(request)
        for each in (throttles, beside, throttles):
            assert each.count((use(3),)) is not None
        for each in (throttles, beside):
            assert each.left((use(3),)).exhausted
            assert each.count((use(3),)) is None
            assert not each.begin((use(3),))

    def test_what_failed_in_one_process_counts_in_the_other(
        self, throttles: Throttles, request: pytest.FixtureRequest
    ) -> None:
        beside = self._beside(request)
        throttles.begin((use(2),))
        throttles.end((use(2),), failed=True)
        assert beside.left((use(2),)).remaining == 1
        beside.begin((use(2),))
        beside.end((use(2),), failed=True)
        assert not throttles.begin((use(2),))

    def test_fifty_who_count_in_two_processes_get_no_more_than_the_limit(
        self, throttles: Throttles, request: pytest.FixtureRequest
    ) -> None:
        beside = self._beside(request)
        tasks = [
            lambda each=each: each.count((use(20),)) is not None for each in (throttles, beside) * (MANY // 2)
        ]
        assert Counter(race(tasks)) == {True: 20, False: MANY - 20}

    def _beside(self, request: pytest.FixtureRequest) -> Throttles:
        if not self.shared:
            pytest.skip(f"{type(self).__name__} declares no ability 'shared'")
        beside: Throttles = request.getfixturevalue("beside")
        return beside

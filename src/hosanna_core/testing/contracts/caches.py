"""The contract of `hosanna_core.ports.Cache`."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from hosanna_core.testing.racing import race

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosanna_core.ports import Cache

LONG: Final = 3_600
"""Seconds that no test lasts."""


class CacheContract:
    """Override `cache`, and `wait` where the clock that it counts by is not that of the machine."""

    shared: ClassVar[bool] = False
    """Several processes share it: override `beside`, too."""

    @pytest.fixture
    def cache(self) -> Cache:
        """One that keeps nothing yet, and is there. Yours."""
        raise NotImplementedError(f"{type(self).__name__} must override the fixture 'cache'")

    @pytest.fixture
    def beside(self) -> Cache:
        """For one that is shared: what another process has of it."""
        raise NotImplementedError(f"{type(self).__name__} is shared and must override the fixture 'beside'")

    @pytest.fixture
    def wait(self) -> Callable[[float], None]:
        """Lets so many seconds pass."""
        return time.sleep

    def test_what_was_never_put_is_not_there(self, cache: Cache) -> None:
        assert cache.get("report") is None
        cache.put("report", b"x", LONG)
        assert cache.get("another report") is None
        assert cache.get("") is None

    @pytest.mark.parametrize("value", [b"", b"\0", b"42 jobs\n", bytes(range(256)) * 2_000])
    def test_what_was_put_is_got_whole_and_again(self, cache: Cache, value: bytes) -> None:
        cache.put("report", value, LONG)
        # A verdict and no comparison: where CI is set, pytest tells how two values differ in whole, for half a megabyte
        # that takes longer than anybody waits.
        whole = [cache.get("report") == value, cache.get("report") == value]
        assert whole == [True, True]

    def test_each_name_keeps_its_own_whatever_it_is_made_of(self, cache: Cache) -> None:
        names = ("", "a", "A", "a ", "a|b", "a:b", "a\0b", "a*", "%", "\N{SNOWMAN}", "n" * 500, "n" * 501)
        for name in names:
            cache.put(name, name.encode(), LONG)
        assert [cache.get(name) for name in names] == [name.encode() for name in names]

    def test_the_last_that_was_put_takes_the_place_of_the_others(self, cache: Cache) -> None:
        for value in (b"old and long", b"new"):
            cache.put("report", value, LONG)
        assert cache.get("report") == b"new"

    def test_when_its_time_is_over_it_is_gone_however_often_it_was_asked_for(
        self, cache: Cache, wait: Callable[[float], None]
    ) -> None:
        cache.put("short", b"short", 1)
        cache.put("long", b"long", LONG)
        assert cache.get("short") == b"short"
        wait(0.6)
        cache.get("short")
        wait(0.6)
        assert cache.get("short") is None
        assert cache.get("long") == b"long"

    def test_what_is_put_again_has_its_own_time(self, cache: Cache, wait: Callable[[float], None]) -> None:
        cache.put("shorter", b"first", LONG)
        cache.put("longer", b"first", 1)
        cache.put("shorter", b"second", 1)
        cache.put("longer", b"second", LONG)
        wait(1.2)
        assert cache.get("shorter") is None
        assert cache.get("longer") == b"second"

    def test_who_asks_while_others_put_gets_one_of_them_whole(self, cache: Cache) -> None:
        values = [str(n).encode() * 1_000 for n in range(8)]

        def put(n: int) -> bytes | None:
            cache.put("report", values[n], LONG)
            return cache.get("report")

        got = race([partial(put, n) for n in range(len(values))])
        assert set(got) <= {*values, None}
        assert cache.get("report") in values

    def test_what_one_process_puts_another_gets(self, cache: Cache, request: pytest.FixtureRequest) -> None:
        if not self.shared:
            pytest.skip(f"{type(self).__name__} declares no ability 'shared'")
        beside: Cache = request.getfixturevalue("beside")
        cache.put("report", b"mine", LONG)
        assert beside.get("report") == b"mine"
        beside.put("report", b"yours", LONG)
        assert cache.get("report") == b"yours"

"""What one process keeps."""

import pytest

from hosanna_adapters.memory import MemoryCache
from hosanna_adapters.memory.cache import BESIDE
from hosanna_core.ports import Cache
from hosanna_core.testing.contracts import CacheContract


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def clock(self) -> list[float]:
        return [0.0]

    @pytest.fixture
    def cache(self, clock: list[float]) -> Cache:
        return MemoryCache(clock=lambda: clock[0])

    @pytest.fixture
    def wait(self, clock: list[float]) -> object:
        def wait(seconds: float) -> None:
            clock[0] += seconds

        return wait


def test_of_more_than_it_keeps_the_oldest_are_forgotten() -> None:
    cache = MemoryCache(most_bytes=3 * (BESIDE + 10))
    for name in "abcd":
        cache.put(name, bytes(10), 60)
    cache.put("b", bytes(10), 60)
    cache.put("e", bytes(10), 60)
    assert [name for name in "abcde" if cache.get(name) is not None] == ["b", "d", "e"]
    cache.put("d", bytes(3 * (BESIDE + 10)), 60)
    assert [name for name in "abcde" if cache.get(name) is not None] == ["b", "e"]

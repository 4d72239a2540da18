"""What processes keep together in a Redis, which may be away, and where anybody may read."""

import logging
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from tests.adapters.limits.conftest import PATIENT, RedisServer, redis_alone, redis_for_all
from tests.adapters.limits.test_away import nobody_waits, until

from hosanna_adapters.redis import RedisCache
from hosanna_core.ports import Cache
from hosanna_core.testing.contracts import CacheContract

__all__ = ["redis_alone", "redis_for_all"]

KEY = b"k" * 32
Caches = Callable[..., RedisCache]


@pytest.fixture
def caches() -> Iterator[Caches]:
    opened: list[RedisCache] = []

    def another(server: RedisServer, key: bytes = KEY, *, patience: float = PATIENT) -> RedisCache:
        opened.append(RedisCache(server.url, key, patience=patience))
        until(lambda: not opened[-1].away)
        return opened[-1]

    yield another
    for cache in opened:
        cache.close()


class TestRedisCache(CacheContract):
    shared = True

    @pytest.fixture
    def cache(self, redis_for_all: RedisServer, caches: Caches) -> Cache:
        with Redis.from_url(redis_for_all.url) as client:
            client.flushall()
        return caches(redis_for_all)

    @pytest.fixture
    def beside(self, redis_for_all: RedisServer, caches: Caches) -> Cache:
        return caches(redis_for_all)


def test_nobody_who_reads_the_redis_reads_what_is_kept_or_of_what(
    redis_alone: RedisServer, caches: Caches
) -> None:
    caches(redis_alone).put("report on tess", b"Tess Tanner worked 12 hours", 60)
    with Redis.from_url(redis_alone.url) as client:
        names = list(client.scan_iter())
        assert len(names) == 1
        raw = bytes(client.get(names[0]) or b"")
        assert 0 < client.ttl(names[0]) <= 60
        assert b"tess" not in names[0].lower() + raw.lower()
        client.set(names[0], raw[:-1] + bytes([raw[-1] ^ 1]))
    assert caches(redis_alone).get("report on tess") is None, "and what was altered is nothing"
    assert caches(redis_alone, b"o" * 32).get("report on tess") is None, "another store has a key of its own"


def test_what_is_moved_to_another_name_is_nothing_there(redis_alone: RedisServer, caches: Caches) -> None:
    cache = caches(redis_alone)
    cache.put("the office's", b"few", 60)
    with Redis.from_url(redis_alone.url) as client:
        (office,) = client.scan_iter()
        cache.put("the Administrator's", b"all", 60)
        (everything,) = set(client.scan_iter()) - {office}
        client.rename(everything, office)
    assert cache.get("the office's") is None


@pytest.mark.parametrize("fault", [RedisServer.kill, RedisServer.silence])
def test_while_it_is_away_each_process_keeps_for_itself_and_nobody_waits(
    redis_alone: RedisServer,
    caches: Caches,
    fault: Callable[[RedisServer], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "hosanna.cache")
    cache, beside = (caches(redis_alone, patience=0.2) for _ in range(2))
    cache.put("before", b"y", 60)
    fault(redis_alone)
    with nobody_waits():
        cache.put("report", b"x", 60)
        for _ in range(100):
            assert (cache.get("report"), cache.get("before")) == (b"x", b"y")
            assert beside.get("report") is None
    assert "each process keeps for itself until it is back" in caplog.text
    assert "pa55word" not in caplog.text


def test_a_redis_that_is_not_there_at_the_start_holds_nobody_up() -> None:
    began = time.monotonic()
    cache = RedisCache("redis://192.0.2.1:6379/0", KEY)
    assert cache.get("report") is None
    assert time.monotonic() - began < 10, "a system waits for two minutes"
    cache.close()

"""A shared counter in Redis."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from limits.storage import RedisStorage
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from hosanna_adapters.limits.shared import A_STEP, PATIENCE, Opened, SharedCounter

PREFIX: Final = "hosanna"


def redis_counter(url: str, *, patience: float = PATIENCE) -> SharedCounter:
    """Counts in the Redis at *url* (`redis://`, `rediss://` or `unix://`), under keys that begin with `hosanna:`.

    Keys expire by themselves. Raises ValueError for a URL of another kind.
    """
    # One try is one try: by default redis makes several, with pauses between them.
    step = patience * A_STEP
    pool = ConnectionPool.from_url(
        url, socket_connect_timeout=step, socket_timeout=step, retry=Retry(NoBackoff(), 0)
    )

    def opening() -> Opened:
        return Opened(RedisStorage(url, connection_pool=pool, key_prefix=PREFIX), pool.disconnect)

    return SharedCounter(address_of(url), opening, patience=patience)


def address_of(url: str) -> str:
    """Where a URL leads, without who goes there.

    >>> address_of("rediss://user:secret@counter.internal:6380/2?password=secret")
    'rediss://counter.internal:6380/2'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

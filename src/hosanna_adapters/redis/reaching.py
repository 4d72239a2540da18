"""Reaching a Redis, one short try at a time."""

from __future__ import annotations

from urllib.parse import urlsplit

from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from hosanna_adapters.distant import A_STEP


def pool_of(url: str, patience: float) -> ConnectionPool:
    """Connections to the Redis at *url* (`redis://`, `rediss://` or `unix://`) for who waits for *patience* seconds.

    Nothing is connected yet. Raises ValueError for a URL of another kind.
    """
    # One try is one try: by default redis makes several, with pauses between them.
    step = patience * A_STEP
    return ConnectionPool.from_url(
        url, socket_connect_timeout=step, socket_timeout=step, retry=Retry(NoBackoff(), 0)
    )


def address_of(url: str) -> str:
    """Where a URL leads, without who goes there.

    >>> address_of("rediss://user:secret@counter.internal:6380/2?password=secret")
    'rediss://counter.internal:6380/2'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

"""A shared counter in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from limits.storage import RedisStorage

from hosanna_adapters.distant import PATIENCE, Opened
from hosanna_adapters.limits.shared import SharedCounter
from hosanna_adapters.redis import address_of, pool_of

if TYPE_CHECKING:
    from limits.storage import MovingWindowSupport

PREFIX: Final = "hosanna"


def redis_counter(url: str, *, patience: float = PATIENCE) -> SharedCounter:
    """Counts in the Redis at *url* (`redis://`, `rediss://` or `unix://`), under keys that begin with `hosanna:`.

    Keys expire by themselves. Raises ValueError for a URL of another kind.
    """
    pool = pool_of(url, patience)

    def opening() -> Opened[MovingWindowSupport]:
        return Opened(RedisStorage(url, connection_pool=pool, key_prefix=PREFIX), pool.disconnect)

    return SharedCounter(address_of(url), opening, patience=patience)

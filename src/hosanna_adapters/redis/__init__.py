"""Redis: how its address is reached and told, and what is kept in it."""

from hosanna_adapters.redis.cache import RedisCache
from hosanna_adapters.redis.reaching import address_of, pool_of

__all__ = ["RedisCache", "address_of", "pool_of"]

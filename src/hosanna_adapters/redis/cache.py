"""What was dear to make, kept in Redis for all processes."""

from __future__ import annotations

import hmac
import logging
import os
import time
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis import Redis

from hosanna_adapters.distant import PATIENCE, Distant, Opened
from hosanna_adapters.memory import MemoryCache
from hosanna_adapters.redis.reaching import address_of, pool_of

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "hosanna:cache:"
_NONCE: Final = 12
_NOTHING: Final = b""
_log: Final = logging.getLogger("hosanna.cache")


class RedisCache:
    """`Cache` that several processes share.

    Reports name people, and whoever reaches the Redis reads all of it: what is kept there is encrypted (AES-256-GCM,
    bound to its name), and the names are hashes, both under *key*, which all processes of one store have and no other.
    While it is away each process has what it kept itself.
    """

    def __init__(self, url: str, key: bytes, *, patience: float = PATIENCE) -> None:
        """*key* is 32 random bytes. Raises ValueError for a URL that is none of Redis."""
        self._names = hmac.digest(key, b"names", "sha256")
        self._cipher = AESGCM(hmac.digest(key, b"values", "sha256"))
        self._patience = patience
        self._own = MemoryCache()
        pool = pool_of(url, patience)

        def opening() -> Opened[Redis]:
            return Opened(Redis(connection_pool=pool), pool.disconnect)

        self._redis: Distant[Redis] = Distant(
            address_of(url),
            opening,
            Redis.ping,
            called="The shared cache",
            without="each process keeps for itself",
            log=_log,
            patience=patience,
            at_the_start=0.0,
        )

    @property
    def away(self) -> bool:
        """Whether it would not be asked now."""
        return self._redis.away

    def get(self, key: str) -> bytes | None:
        name = self._name(key)
        sealed = self._ask(lambda redis: bytes(redis.get(name) or _NOTHING))  # type: ignore[arg-type]  # it is typed for both clients
        if sealed is None:
            return self._own.get(key)
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            return None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        self._own.put(key, value, seconds)
        name, nonce = self._name(key), os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, value, name.encode())
        self._ask(lambda redis: bytes([bool(redis.set(name, sealed, ex=seconds))]))

    def close(self) -> None:
        """Let the connections go; from then on it is away."""
        self._redis.close()

    def _name(self, key: str) -> str:
        return PREFIX + hmac.digest(self._names, key.encode(), "sha256").hex()

    def _ask(self, question: Callable[[Redis], bytes]) -> bytes | None:
        return self._redis.ask(question, time.monotonic() + self._patience)

"""Stand-ins for the outside world, quick and repeatable; none of them is fit for anything but tests."""

from __future__ import annotations

import hashlib
from threading import Lock

import msgspec

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import Id, Millis
from hosanna_core.ports import Claims, Ports, Store
from hosanna_core.rules.keys import derive
from hosanna_core.rules.lifecycle import STANDARD, Lifecycle
from hosanna_core.testing.samples import START

_HEX = 16


class StandingClock:
    """An `Outside` whose time stands until it is moved, and whose ids and entropy are the same in every run."""

    def __init__(self, start: Millis = START) -> None:
        self._lock = Lock()
        self._now = start
        self._count = 0

    def now(self) -> Millis:
        """The instant at which the clock stands."""
        return self._now

    def step(self, by: Millis) -> None:
        """Move the clock on."""
        self._now += by

    def mint(self) -> Id:
        """The next id: its time, and how many were counted before it."""
        count = self._counted()
        time = f"{self._now:012x}"
        return f"{time[:8]}-{time[8:]}-7{count >> 48 & 0xFFF:03x}-8{count >> 36 & 0xFFF:03x}-{count & 2**36 - 1:012x}"

    def entropy(self, count: int) -> bytes:
        """Bytes that nobody should take for random."""
        seed = self._counted().to_bytes(8, "big")
        return hashlib.shake_256(seed).digest(count)

    def _counted(self) -> int:
        with self._lock:
            self._count += 1
            return self._count


class PlainPasswords:
    """`Passwords` that hash in a microsecond: a salt, and one round of SHA-256."""

    def __init__(self) -> None:
        self._salts = StandingClock()

    def hash(self, password: str) -> str:
        """A salted hash."""
        return self._hashed(self._salts.entropy(8).hex(), password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether *password* is the one."""
        parts = password_hash.split("$")
        return len(parts) == 3 and self._hashed(parts[1], password) == password_hash  # as written

    def decoy(self) -> str:
        """A hash that no password fits."""
        return f"plain${'0' * _HEX}$none"

    @staticmethod
    def _hashed(salt: str, password: str) -> str:
        return f"plain${salt}${hashlib.sha256((salt + password).encode()).hexdigest()}"


class PlainTokens:
    """`Tokens` that anybody who knows *key* can read and write: the claims, and a hash over both."""

    def __init__(self, key: str = "kit") -> None:
        self._key = key

    def issue(self, claims: Claims) -> str:
        """The claims as text, with their hash."""
        whole = msgspec.structs.replace(
            claims,
            issued_at=claims.issued_at // 1000 * 1000,
            expires_at=claims.expires_at // 1000 * 1000,
        )
        said = msgspec.json.encode(whole).hex()
        return f"{said}.{self._hash(said)}"

    def read(self, token: str, now: Millis) -> Claims:
        """What the token says; raises Unauthenticated unless it is whole, and of this time."""
        said, _, hashed = token.partition(".")
        if hashed != self._hash(said):
            raise Unauthenticated
        claims = msgspec.json.decode(bytes.fromhex(said), type=Claims)
        if not claims.issued_at <= now < claims.expires_at:
            raise Unauthenticated
        return claims

    def _hash(self, said: str) -> str:
        return hashlib.sha256(f"{self._key}|{said}".encode()).hexdigest()


def ports_on(store: Store, *, lifecycle: Lifecycle = STANDARD, clock: StandingClock | None = None) -> Ports:
    """Everything that use cases need, over a store of yours and the stand-ins of this module."""
    return Ports(
        store=store,
        outside=clock or StandingClock(),
        passwords=PlainPasswords(),
        tokens=PlainTokens(),
        keys=derive(b"a secret of the kit, 32 bytes ok"),
        lifecycle=lifecycle,
    )

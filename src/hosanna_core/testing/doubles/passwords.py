"""Hashing that is quick, where slowness is what real hashing is for."""

from __future__ import annotations

import hashlib
from typing import Final

from hosanna_core.testing.doubles.clock import StandingClock

_NOBODYS_SALT: Final = "0" * 16


class PlainPasswords:
    """`Passwords` that hash in microseconds: a salt, and *rounds* of SHA-256."""

    def __init__(self, rounds: int = 1) -> None:
        self._salts = StandingClock()
        self._rounds = rounds

    def hash(self, password: str) -> str:
        """A salted hash, which says how many rounds it took."""
        return _hashed(self._rounds, self._salts.entropy(8).hex(), password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether *password* is the one."""
        parts = password_hash.split("$")
        if len(parts) != 4 or not (parts[1].isascii() and parts[1].isdigit()):
            return False
        return _hashed(int(parts[1]), parts[2], password) == password_hash

    def outdated(self, password_hash: str) -> bool:
        """Whether it took another number of rounds."""
        return not password_hash.startswith(f"plain${self._rounds}$")

    def decoy(self) -> str:
        """A hash that no password fits."""
        return f"plain${self._rounds}${_NOBODYS_SALT}$none"


def _hashed(rounds: int, salt: str, password: str) -> str:
    digest = (salt + password).encode()
    for _ in range(rounds):
        digest = hashlib.sha256(digest).digest()
    return f"plain${rounds}${salt}${digest.hex()}"

"""Hashing passwords."""

from __future__ import annotations

from typing import Protocol


class Passwords(Protocol):
    """A deliberately slow hash; deliveries call it where its slowness harms nobody."""

    def hash(self, password: str) -> str:
        """A salted hash in a self-describing form."""

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether *password* is the one; False, never an error, for a hash that cannot be read."""

    def outdated(self, password_hash: str) -> bool:
        """Whether `hash` would hash differently now, with other parameters: time to hash anew at the next login."""

    def decoy(self) -> str:
        """A hash that no password fits and that takes as long to verify as a real one."""

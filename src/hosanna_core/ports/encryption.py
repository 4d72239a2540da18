"""Encryption at rest: what stores pass personal values through."""

from __future__ import annotations

from typing import Protocol


class Encryption(Protocol):
    """Authenticated encryption under a ring of keys: the first encrypts, all decrypt. Stores are given one when opened.

    *place* names where a value lies, such as `b"jobs|<id>|doc"`: moved elsewhere, it does not decrypt.
    """

    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        """The value under the first key; the key's id goes with it."""

    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        """What was encrypted; raises Undecipherable where no key fits, or the bytes were changed or moved."""

    def current(self, stored: bytes) -> bool:
        """Whether it was encrypted under the key that is the first one now."""

    def token(self, kind: str, value: str) -> str:
        """A keyed hash by which an equal value is found; the same whichever key is the first."""


class Reencryption(Protocol):
    """Bringing all that a store holds under the key that is the first one now, piece by piece, beside running servers.

    It writes what lies there in another form and changes nothing of what it means: no version, no event.
    """

    def total(self) -> int:
        """How many values there are to look at, for those who show progress."""

    def step(self, limit: int) -> int:
        """Look at *limit* more values and encrypt those that are not current.

        Answers how many were looked at, 0 at the end.
        """

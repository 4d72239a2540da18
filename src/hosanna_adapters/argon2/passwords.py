"""Argon2id at the minimum that OWASP recommends: 19 MiB, two passes, one lane; about 40 ms."""

from __future__ import annotations

import base64
import secrets
import unicodedata
from typing import Final

import argon2

MEMORY_KIB: Final = 19 * 1024
PASSES: Final = 2
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


class Argon2Passwords:
    r"""`Passwords` by Argon2id. Two spellings of one password that look alike (Unicode's NFC) are one password.

    >>> passwords = Argon2Passwords()
    >>> passwords.verify(passwords.hash("café au lait"), "cafe\u0301 au lait")
    True

    Hashes that were made at another cost verify all the same, and are `outdated`.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = argon2.PasswordHasher(
            time_cost=passes,
            memory_cost=memory_kib,
            parallelism=1,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )
        # Nothing is hashed for it: of 2**256 possible results this one was drawn, and nobody knows what gives it.
        self._decoy = (
            f"$argon2id$v={argon2.low_level.ARGON2_VERSION}$m={memory_kib},t={passes},p=1"
            f"${_unpadded(secrets.token_bytes(_SALT_BYTES))}${_unpadded(secrets.token_bytes(_HASH_BYTES))}"
        )

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHash, UnicodeEncodeError):
            return False

    def outdated(self, password_hash: str) -> bool:
        """As the port says; False for what cannot be read: it fits no password, so no login could put it right."""
        try:
            return self._hasher.check_needs_rehash(password_hash)
        except (argon2.exceptions.InvalidHash, UnicodeEncodeError):
            return False

    def decoy(self) -> str:
        return self._decoy


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")

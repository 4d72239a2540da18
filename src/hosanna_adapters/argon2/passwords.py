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
    """

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(
            time_cost=PASSES,
            memory_cost=MEMORY_KIB,
            parallelism=1,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
        )
        # Nothing is hashed for it: of 2**256 possible results this one was drawn, and nobody knows what gives it.
        self._decoy = (
            f"$argon2id$v={argon2.low_level.ARGON2_VERSION}$m={MEMORY_KIB},t={PASSES},p=1"
            f"${_unpadded(secrets.token_bytes(_SALT_BYTES))}${_unpadded(secrets.token_bytes(_HASH_BYTES))}"
        )

    def hash(self, password: str) -> str:
        return self._hasher.hash(_normal(password))

    def verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHash, UnicodeEncodeError):
            return False

    def decoy(self) -> str:
        return self._decoy


def _normal(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")

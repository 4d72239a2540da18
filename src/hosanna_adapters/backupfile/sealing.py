"""Encryption of a file: each block under AES-256-GCM, bound to its place, its kind and the first line.

The key is made of what the operator gives by scrypt (RFC 7914) with a salt of the file's own, so no two files share
one. Hence a nonce may simply be the number of the block, and blocks that are moved, left out or taken from another
file do not decrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hosanna_core.errors import BackupUnusable

_SALT: Final = 16
_COST: Final = 2**15
_BLOCK_SIZE: Final = 8
_MEMORY: Final = 2 * 128 * _BLOCK_SIZE * _COST
_NONCE: Final = 12


class FileKey:
    """The key of one file."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        made = hashlib.scrypt(
            passphrase.encode(), salt=salt, n=_COST, r=_BLOCK_SIZE, p=1, maxmem=_MEMORY, dklen=64
        )
        self.salt = salt
        self.check = hmac.digest(made[32:], b"hosanna-backup", "sha256").hex()
        """Shows whether somebody has the same passphrase, and nothing else."""
        self._cipher = AESGCM(made[:32])

    @classmethod
    def fresh(cls, passphrase: str) -> FileKey:
        """The key of a file that is to be written."""
        return cls(passphrase, os.urandom(_SALT))

    def seal(self, number: int, kind: bytes, line: bytes, plain: bytes) -> bytes:
        """What is written of a block."""
        return self._cipher.encrypt(number.to_bytes(_NONCE, "big"), plain, kind + line)

    def open(self, number: int, kind: bytes, line: bytes, sealed: bytes) -> bytes:
        """The block again; raises BackupUnusable where it was changed, moved, or is another file's."""
        try:
            return self._cipher.decrypt(number.to_bytes(_NONCE, "big"), sealed, kind + line)
        except InvalidTag:
            raise BackupUnusable(f"The backup is damaged: block {number} was changed, or moved.") from None

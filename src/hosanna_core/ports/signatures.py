"""Signing what others are to verify without us."""

from __future__ import annotations

from typing import Protocol


class Signatures(Protocol):
    """Signatures that anybody can verify who has the public key (Ed25519, RFC 8032)."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether it is a signature of *message* by our key; False, never an error, for bytes that are none."""

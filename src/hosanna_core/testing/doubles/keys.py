"""Signing and encrypting with what the standard library has: it looks right and keeps nothing safe."""

from __future__ import annotations

import hashlib
import hmac
from itertools import count
from typing import Final

from hosanna_core.errors import Undecipherable

_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 8
_TAG_BYTES: Final = 32


class PlainSignatures:
    """`Signatures` that are MACs: whoever could verify one could make one, so the public key verifies nothing."""

    def __init__(self, key: bytes = b"kit") -> None:
        self._key = key

    @property
    def public_key(self) -> bytes:
        """Which key it is, and no more."""
        return hashlib.sha256(self._key).digest()

    def sign(self, message: bytes) -> bytes:
        """A MAC as long as a signature."""
        return hmac.digest(self._key, message, "sha512")

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether it is the MAC of *message*."""
        return hmac.compare_digest(self.sign(message), signature)


class PlainEncryption:
    """`Encryption` under a ring of keys of any length, with a stream of SHAKE-256 and a MAC.

    *tokens* is the key of the tokens: it stays when the ring is rotated.
    """

    def __init__(self, *ring: bytes, tokens: bytes = b"kit") -> None:
        self._tokens = tokens
        self._ring = {hashlib.sha256(key).digest()[:_ID_BYTES]: key for key in ring}
        self._first = next(iter(self._ring))
        self._nonces = count()

    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        """Key id, nonce, and the value under both, with a MAC that covers its place."""
        nonce = next(self._nonces).to_bytes(_NONCE_BYTES)
        key = self._ring[self._first]
        head = self._first + nonce
        body = head + _streamed(plain, key, nonce)
        return body + hmac.digest(key, body + place, "sha256")

    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        """What was encrypted there."""
        key = self._ring.get(stored[:_ID_BYTES])
        body, tag = stored[:-_TAG_BYTES], stored[-_TAG_BYTES:]
        if key is None or not hmac.compare_digest(hmac.digest(key, body + place, "sha256"), tag):
            raise Undecipherable("The value does not decrypt.")
        start = _ID_BYTES + _NONCE_BYTES
        return _streamed(body[start:], key, body[_ID_BYTES:start])

    def current(self, stored: bytes) -> bool:
        """Whether the first key made it."""
        return stored.startswith(self._first)

    def token(self, kind: str, value: str) -> str:
        """A keyed hash."""
        return hmac.digest(self._tokens, f"{kind}|{value}".encode(), "sha256").hex()


def _streamed(text: bytes, key: bytes, nonce: bytes) -> bytes:
    stream = hashlib.shake_256(key + nonce).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))

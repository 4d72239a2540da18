"""Ed25519 (RFC 8032) by the library `cryptography`."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Ed25519Signatures:
    """`Signatures` by the key pair of a seed of 32 bytes: the same seed, the same keys.

    >>> signatures = Ed25519Signatures(bytes(32))
    >>> signatures.fits(b"so far", signatures.sign(b"so far"))
    True
    """

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key()
        self._public_key = self._public.public_bytes_raw()

    @property
    def public_key(self) -> bytes:
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    def fits(self, message: bytes, signature: bytes) -> bool:
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

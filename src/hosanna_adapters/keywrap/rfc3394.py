"""AES key wrap (RFC 3394) under a key that HKDF (RFC 5869) derives: what signs tokens wraps nothing itself."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

_PURPOSE: Final = b"hosanna:keywrap"


class WrongKey(Exception):
    """What was to be unwrapped was wrapped under another secret, or is damaged: the two cannot be told apart."""


def wrap(secret: bytes, under: bytes) -> bytes:
    """*secret* (16 bytes or more, a multiple of 8) encrypted under another; 8 bytes longer, and always the same."""
    return aes_key_wrap(_wrapping_key(under), secret)


def unwrap(wrapped: bytes, under: bytes) -> bytes:
    """What was wrapped; raises WrongKey unless every bit is as it was."""
    try:
        return aes_key_unwrap(_wrapping_key(under), wrapped)
    except InvalidUnwrap:
        raise WrongKey from None


def _wrapping_key(under: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(under)

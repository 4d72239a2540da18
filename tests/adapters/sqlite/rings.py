"""Rings of keys for tests."""

from hosanna_adapters.aesgcm import AesGcmEncryption
from hosanna_core.ports import Encryption

OLD, NEW = ("2026", b"o" * 32), ("2027", b"n" * 32)


def ring(*keys: tuple[str, bytes]) -> Encryption:
    """An encryption under these keys, with the tokens of one and the same store."""
    return AesGcmEncryption(keys, b"t" * 32)

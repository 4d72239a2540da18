"""The elliptic curve of Web Push (NIST P-256, RFC 8291): whether something is a public key at all."""

from __future__ import annotations

from typing import Final

_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_SIZE: Final = 32
_UNCOMPRESSED: Final = 4


def is_point(raw: bytes) -> bool:
    """Whether *raw* is a point of the curve in its uncompressed form, 65 bytes.

    >>> is_point(bytes.fromhex("04" + "00" * 64))
    False
    """
    if len(raw) != 1 + 2 * _SIZE or raw[0] != _UNCOMPRESSED:
        return False
    x, y = int.from_bytes(raw[1 : 1 + _SIZE], "big"), int.from_bytes(raw[1 + _SIZE :], "big")
    return x < _PRIME and y < _PRIME and (y * y - (x * x * x - 3 * x + _B)) % _PRIME == 0

"""AES-256-GCM (NIST SP 800-38D) by the library `cryptography`, and keyed hashes for what must still be found."""

from __future__ import annotations

import base64
import hmac
import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hosanna_core.errors import Undecipherable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAGIC: Final = 0xC1
"""No MessagePack, no JSON and no UTF-8 begins so: what is encrypted is told from what is not by one byte."""
FORM: Final = 1
"""The version of the form: magic, form, length of the key's id, id, nonce, ciphertext, tag."""
KEY_LENGTH: Final = 32
LONGEST_ID: Final = 255
_BEFORE_ID: Final = 3
_NONCE: Final = 12
_TAG: Final = 16
_TOKEN: Final = 16


class AesGcmEncryption:
    """`Encryption` under 256-bit keys, named; the first encrypts. *token_key* must stay when the others are rotated.

    A token key that lies in the store itself may be given as what fetches it when the first token is asked for.

    Every value has a random nonce of 96 bits. So one key may encrypt at most 2^32 values before the chance that two
    share a nonce, and give away what they hold, passes what SP 800-38D allows (8.3): a busy firm writes some 10,000
    values a day, 2^32 of them in a thousand years. Put a new key first once a year, and whenever somebody leaves who
    knew the old one, encrypt anew, and take the old one away when nothing needs it any more.

    Raises ValueError without a key, for two of one name, and for one that is not 32 bytes long.

    >>> encryption = AesGcmEncryption([("2027", bytes(32))], token_key=bytes(32))
    >>> stored = encryption.encrypt(b"Ann Lee", b"jobs|1|doc")
    >>> encryption.decrypt(stored, b"jobs|1|doc")
    b'Ann Lee'
    >>> encryption.token("email", "ann@example.com")
    '...'
    """

    def __init__(self, keys: Sequence[tuple[str, bytes]], token_key: bytes | Callable[[], bytes]) -> None:
        if not keys or len({key_id for key_id, _ in keys}) < len(keys):
            raise ValueError("Encryption needs at least one key, each under an id of its own.")
        if any(len(key) != KEY_LENGTH for _, key in keys):
            raise ValueError(f"A key of AES-256-GCM has {KEY_LENGTH} bytes.")
        # By the whole header, which is how a stored value names its key; building a cipher costs as much as using it.
        self._ciphers = {_header(key_id): AESGCM(key) for key_id, key in keys}
        self._header, self._cipher = next(iter(self._ciphers.items()))
        self._token_key = token_key
        self._hashing = _hashing(token_key) if isinstance(token_key, bytes) else None

    def encrypt(self, plain: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return self._header + nonce + self._cipher.encrypt(nonce, plain, self._header + place)

    def decrypt(self, stored: bytes, place: bytes) -> bytes:
        if len(stored) < _BEFORE_ID or stored[0] != MAGIC or stored[1] != FORM:
            raise Undecipherable("What is stored here is not encrypted, or in a form that is not known.")
        start = _BEFORE_ID + stored[2]
        header = stored[:start]
        cipher = self._ciphers.get(header)
        if len(stored) < start + _NONCE + _TAG:
            raise Undecipherable("What is stored here was cut off.")
        if cipher is None:
            key_id = ascii(header[_BEFORE_ID:].decode(errors="replace"))
            raise Undecipherable(
                f"What is stored here needs the encryption key {key_id}, which is not given."
            )
        body = start + _NONCE
        try:
            return cipher.decrypt(stored[start:body], stored[body:], header + place)
        except InvalidTag:
            raise Undecipherable(
                "What is stored here was changed, or moved from another place, or its key is another."
            ) from None

    def current(self, stored: bytes) -> bool:
        return stored.startswith(self._header)

    def token(self, kind: str, value: str) -> str:
        # An import asks for thousands: setting the key up anew each time would cost more than the hashing.
        hashing = (self._hashing or self._fetched()).copy()
        hashing.update(f"{kind}|{value}".encode())
        return base64.urlsafe_b64encode(hashing.digest()[:_TOKEN]).rstrip(b"=").decode()

    def _fetched(self) -> hmac.HMAC:
        given = self._token_key
        self._hashing = _hashing(given if isinstance(given, bytes) else given())
        return self._hashing


def _hashing(token_key: bytes) -> hmac.HMAC:
    if len(token_key) != KEY_LENGTH:
        raise ValueError(f"The key of tokens has {KEY_LENGTH} bytes.")
    return hmac.new(token_key, digestmod="sha256")


def _header(key_id: str) -> bytes:
    raw = key_id.encode()
    if not 0 < len(raw) <= LONGEST_ID:
        raise ValueError(f"The id of a key has 1 to {LONGEST_ID} bytes.")
    return bytes((MAGIC, FORM, len(raw))) + raw

"""The keys that sign access tokens: for each secret one key per algorithm, told apart by what they are called."""

from __future__ import annotations

import base64
import hashlib
import hmac
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import HMACAlgorithm, OKPAlgorithm

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_SECRET: Final = 32
"""Bytes: a key shorter than the hash is what weakens HMAC (RFC 7518, 3.2)."""
_NAMING: Final = b"hosanna:jwt:kid:HS256"
_DERIVING: Final = b"hosanna:jwt:ed25519"
_LENGTH_OF_NAME: Final = 9
_HMAC: Final = HMACAlgorithm(HMACAlgorithm.SHA256)
_EDDSA: Final = OKPAlgorithm()


class Algorithm(StrEnum):
    """How tokens are signed."""

    HS256 = "HS256"
    """With the secret itself: whoever can verify can sign."""
    EDDSA = "EdDSA"
    """With an Ed25519 key that derives from the secret: others verify with the public half alone."""


class Key(Protocol):
    """One key, good for one algorithm only, under the name that a token's header calls it by."""

    @property
    def kid(self) -> str:
        """Its name, which tells nothing about the secret."""

    @property
    def algorithm(self) -> Algorithm:
        """The only one that it is good for."""

    def sign(self, message: bytes) -> bytes:
        """The signature of *message*."""

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether it is a signature of *message* by this key; False, never an error, for bytes that are none."""


class KeyRing:
    """The key of the present secret signs; those of the present and the former secrets verify.

    Of each secret both algorithms' keys verify, so that neither a new secret nor another algorithm logs anybody out:
    whoever holds the secret has both keys anyway. A secret is as many bytes as it is, at least 32, taken as they are.
    Raises ValueError for a shorter one.

    >>> KeyRing(bytes(32)).current.algorithm.value
    'HS256'
    """

    def __init__(
        self, secret: bytes, *, former: Sequence[bytes] = (), algorithm: Algorithm = Algorithm.HS256
    ) -> None:
        secrets = (secret, *former)
        if any(len(each) < SHORTEST_SECRET for each in secrets):
            raise ValueError(f"A secret that signs tokens has at least {SHORTEST_SECRET} bytes.")
        derived = [_Ed25519Key(each) for each in secrets]
        keys: list[Key] = [*map(_SharedKey, secrets), *derived]
        self._by_kid = {key.kid: key for key in keys}
        self.current: Key = derived[0] if algorithm is Algorithm.EDDSA else keys[0]
        self._published = derived if algorithm is Algorithm.EDDSA else []

    def find(self, kid: str) -> Key | None:
        """The key of that name, None if none is called so."""
        return self._by_kid.get(kid)

    def public_keys(self) -> list[dict[str, str]]:
        """What verifies our tokens elsewhere, as a JWK set's `keys`; the present key first, empty for HS256."""
        return [key.jwk() for key in self._published]


class _SharedKey:
    """The secret's own bytes. PyJWT would refuse some as looking like public keys; here none can be taken for one."""

    algorithm = Algorithm.HS256

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.kid = base64url(hmac.digest(secret, _NAMING, "sha256")[:_LENGTH_OF_NAME])

    def sign(self, message: bytes) -> bytes:
        return _HMAC.sign(message, self._secret)

    def fits(self, message: bytes, signature: bytes) -> bool:
        return _HMAC.verify(message, self._secret, signature)


class _Ed25519Key:
    """An Ed25519 key whose name is its thumbprint (RFC 7638)."""

    algorithm = Algorithm.EDDSA

    def __init__(self, secret: bytes) -> None:
        seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_DERIVING).derive(secret)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key()
        point = OKPAlgorithm.to_jwk(self._public, as_dict=True)
        self._members = {"crv": point["crv"], "kty": point["kty"], "x": point["x"]}
        # The thumbprint is over exactly these members, in this order, without a space.
        self.kid = base64url(hashlib.sha256(msgspec.json.encode(self._members)).digest())

    def sign(self, message: bytes) -> bytes:
        return _EDDSA.sign(message, self._private)

    def fits(self, message: bytes, signature: bytes) -> bool:
        return _EDDSA.verify(message, self._public, signature)

    def jwk(self) -> dict[str, str]:
        return {**self._members, "kid": self.kid, "alg": self.algorithm.value, "use": "sig"}


def base64url(raw: bytes) -> str:
    """The one way to write these bytes in base64url, without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Access tokens that anybody can read."""

from __future__ import annotations

import hashlib

import msgspec

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import MINUTE, Millis
from hosanna_core.ports import Claims


class PlainTokens:
    """`Tokens` that anybody who knows *key* can read and write: the claims, and a hash over both."""

    def __init__(self, key: str = "kit") -> None:
        self._key = key

    def issue(self, claims: Claims) -> str:
        """The claims as text, with their hash."""
        whole = msgspec.structs.replace(
            claims,
            issued_at=claims.issued_at // 1000 * 1000,
            expires_at=claims.expires_at // 1000 * 1000,
        )
        said = msgspec.json.encode(whole).hex()
        return f"{said}.{self._hash(said)}"

    def read(self, token: str, now: Millis) -> Claims:
        """What the token says; raises Unauthenticated unless it is whole, and of this time."""
        said, _, hashed = token.partition(".")
        if hashed != self._hash(said):
            raise Unauthenticated
        claims = msgspec.json.decode(bytes.fromhex(said), type=Claims)
        if not claims.issued_at - MINUTE <= now < claims.expires_at + MINUTE:
            raise Unauthenticated
        return claims

    def _hash(self, said: str) -> str:
        whole = f"{self._key}|{said}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(whole).hexdigest()

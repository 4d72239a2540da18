"""Access tokens: JWTs (RFC 9068 in shape) signed with HMAC-SHA-256."""

from __future__ import annotations

import hashlib
import threading
from typing import Annotated, Final

import jwt
import msgspec

from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import LATEST, MINUTE, Millis, is_id
from hosanna_core.ports.tokens import Claims

ALGORITHM: Final = "HS256"
KIND: Final = "at+jwt"
"""The header's `typ`: no other thing that is signed with the same secret passes for an access token."""
ISSUER: Final = "hosanna"
AUDIENCE: Final = "hosanna-api"
CLOCKS_DIFFER_BY: Final = MINUTE
"""A token may come from so far in the future: from a machine whose clock is ahead. None lives longer for it."""
LONGEST_TOKEN: Final = 2048
MOST_REMEMBERED: Final = 10_000
"""About 4 MB."""

_Seconds = Annotated[int, msgspec.Meta(ge=0, le=LATEST // 1000)]


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    aud: str
    sub: str
    iat: _Seconds
    exp: _Seconds
    epoch: Annotated[int, msgspec.Meta(ge=0)]


class JwtTokens:
    """`Tokens` by PyJWT. A token that was verified is remembered until it expires; its instants are judged each time.

    >>> tokens = JwtTokens(b"0123456789abcdef0123456789abcdef")
    >>> claims = Claims(user_id="01890a5d-ac96-774b-bcce-b302099a8057", epoch=0, issued_at=0, expires_at=60_000)
    >>> tokens.read(tokens.issue(claims), now=59_999) == claims
    True
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._lock = threading.Lock()
        self._remembered: dict[bytes, Claims] = {}

    def issue(self, claims: Claims) -> str:
        payload = _Payload(
            iss=ISSUER,
            aud=AUDIENCE,
            sub=claims.user_id,
            iat=claims.issued_at // 1000,
            exp=claims.expires_at // 1000,
            epoch=claims.epoch,
        )
        return jwt.encode(
            msgspec.to_builtins(payload), self._secret, algorithm=ALGORITHM, headers={"typ": KIND}
        )

    def read(self, token: str, now: Millis) -> Claims:
        # PyJWT would look at all of it, however long.
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise Unauthenticated
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._remembered.get(digest)
        if claims is not None:
            return self._demand_valid(claims, now, digest)
        claims = self._demand_valid(self._verified(token), now, digest)
        self._remember(digest, claims)
        return claims

    def _verified(self, token: str) -> Claims:
        try:
            decoded = jwt.decode_complete(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # Whether it is valid now is judged by the clock that the caller names.
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            if decoded["header"].get("typ") != KIND:
                raise Unauthenticated
            payload = msgspec.convert(decoded["payload"], _Payload)
        # A header may be nested deeper than Python reads, or hold what is no text.
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError):
            raise Unauthenticated from None
        if not is_id(payload.sub):
            raise Unauthenticated
        return Claims(
            user_id=payload.sub,
            epoch=payload.epoch,
            issued_at=payload.iat * 1000,
            expires_at=payload.exp * 1000,
        )

    def _demand_valid(self, claims: Claims, now: Millis, digest: bytes) -> Claims:
        if claims.issued_at - CLOCKS_DIFFER_BY <= now < claims.expires_at:
            return claims
        with self._lock:
            self._remembered.pop(digest, None)
        raise Unauthenticated

    def _remember(self, digest: bytes, claims: Claims) -> None:
        with self._lock:
            # Dictionaries keep their order: the first is the one that was verified longest ago.
            while len(self._remembered) >= MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[digest] = claims

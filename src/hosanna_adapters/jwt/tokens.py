"""Access tokens: JWTs (RFC 9068 in shape), read by nobody's rules but ours and signed by PyJWT's algorithms."""

from __future__ import annotations

import base64
import binascii
import hashlib
import threading
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

import msgspec

from hosanna_adapters.jwt.keys import base64url
from hosanna_core.errors import Unauthenticated
from hosanna_core.model.ids import LATEST, MINUTE, Millis, is_id
from hosanna_core.ports.tokens import Claims

if TYPE_CHECKING:
    from hosanna_adapters.jwt.keys import KeyRing

KIND: Final = "at+jwt"
"""The header's `typ`: no other thing that is signed with the same secret passes for an access token."""
ISSUER: Final = "hosanna"
AUDIENCE: Final = "hosanna-api"
CLOCKS_DIFFER_BY: Final = MINUTE
"""A token counts so much earlier and later: it may come from a machine whose clock is ahead, or behind."""
LONGEST_TOKEN: Final = 2048
"""Ours have fewer than 500 characters; nothing that is far longer is looked at."""
MOST_REMEMBERED: Final = 10_000
"""Some 6 MB."""

_Seconds = Annotated[int, msgspec.Meta(ge=0, le=LATEST // 1000)]
_Form = TypeVar("_Form")


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a header may say: nothing critical, and no key that the token brings itself."""

    typ: Literal["at+jwt"]
    alg: str
    kid: str


class _Payload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    iss: Literal["hosanna"]
    aud: Literal["hosanna-api"]
    sub: str
    sid: str
    jti: str
    iat: _Seconds
    nbf: _Seconds
    exp: _Seconds
    epoch: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


_HEADERS: Final = msgspec.json.Decoder(_Header)
_PAYLOADS: Final = msgspec.json.Decoder(_Payload)


class JwtTokens:
    """`Tokens` under a ring of keys. A token that was verified is remembered; its instants are judged each time.

    >>> from hosanna_adapters.jwt import KeyRing
    >>> tokens, some_id = JwtTokens(KeyRing(bytes(range(32)))), "01890a5d-ac96-774b-bcce-b302099a8057"
    >>> claims = Claims(token_id=some_id, user_id=some_id, session_id=some_id, epoch=0, issued_at=0, expires_at=60_000)
    >>> tokens.read(tokens.issue(claims), now=59_999) == claims
    True
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        header = _Header(typ=KIND, alg=keys.current.algorithm.value, kid=keys.current.kid)
        self._head = base64url(msgspec.json.encode(header))
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[Claims, Millis, Millis]] = {}

    def issue(self, claims: Claims) -> str:
        payload = _Payload(
            iss=ISSUER,
            aud=AUDIENCE,
            sub=claims.user_id,
            sid=claims.session_id,
            jti=claims.token_id,
            iat=claims.issued_at // 1000,
            nbf=claims.issued_at // 1000,
            exp=claims.expires_at // 1000,
            epoch=claims.epoch,
        )
        signed = f"{self._head}.{base64url(msgspec.json.encode(payload))}"
        return f"{signed}.{base64url(self._keys.current.sign(signed.encode()))}"

    def read(self, token: str, now: Millis) -> Claims:
        # Nothing is done with what is far too long, whatever it is.
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise Unauthenticated
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        claims, since, until = known or self._verified(token)
        if not since <= now < until:
            self._forget(digest)
            raise Unauthenticated
        if known is None:
            self._remember(digest, (claims, since, until))
        return claims

    def _verified(self, token: str) -> tuple[Claims, Millis, Millis]:
        """What the token says, and the instants from and until which it counts."""
        signed, _, signature = token.rpartition(".")
        head, _, body = signed.partition(".")
        header = _understood(_HEADERS, head)
        key = self._keys.find(header.kid)
        # The key says which algorithm is right; the token may only agree.
        if key is None or header.alg != key.algorithm.value:
            raise Unauthenticated
        if not key.fits(signed.encode(), _decoded(signature)):
            raise Unauthenticated
        payload = _understood(_PAYLOADS, body)
        if not (is_id(payload.sub) and is_id(payload.sid) and is_id(payload.jti)):
            raise Unauthenticated
        claims = Claims(
            token_id=payload.jti,
            user_id=payload.sub,
            session_id=payload.sid,
            epoch=payload.epoch,
            issued_at=payload.iat * 1000,
            expires_at=payload.exp * 1000,
        )
        since = max(payload.iat, payload.nbf) * 1000 - CLOCKS_DIFFER_BY
        return claims, since, claims.expires_at + CLOCKS_DIFFER_BY

    def _remember(self, digest: bytes, verified: tuple[Claims, Millis, Millis]) -> None:
        with self._lock:
            # Dictionaries keep their order: the first is the one that was verified longest ago.
            while len(self._remembered) >= MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[digest] = verified

    def _forget(self, digest: bytes) -> None:
        with self._lock:
            self._remembered.pop(digest, None)


def _understood(decoder: msgspec.json.Decoder[_Form], part: str) -> _Form:
    raw = _decoded(part)
    try:
        return decoder.decode(raw)
    # What is no UTF-8 is a ValueError, as is everything that msgspec finds wrong.
    except ValueError:
        raise Unauthenticated from None


def _decoded(part: str) -> bytes:
    """The bytes of one part; two texts never stand for the same ones: of a token nobody can make a twin."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise Unauthenticated from None
    # Decoding skips what is no base64url, and the last character's spare bits. Encoding puts neither back.
    if base64url(raw) != part:
        raise Unauthenticated
    return raw

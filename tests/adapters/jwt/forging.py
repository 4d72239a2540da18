"""Forged tokens, and who is to refuse them."""

import base64
import hmac
import json
from typing import Any

from hosanna_adapters.jwt import Algorithm, JwtTokens, KeyRing
from hosanna_core.errors import Unauthenticated
from hosanna_core.ports import Claims

SECRET = b"0123456789abcdef0123456789abcdef"
ANN = "01890a5d-ac96-774b-bcce-b302099a8057"
SESSION = "01890a5d-ac96-774b-bcce-b302099a8058"
TOKEN = "01890a5d-ac96-774b-bcce-b302099a8059"
ISSUED = 1_772_353_800
EXPIRES = ISSUED + 900
NOW = ISSUED * 1000
CLAIMS = Claims(
    token_id=TOKEN, user_id=ANN, session_id=SESSION, epoch=3, issued_at=NOW, expires_at=EXPIRES * 1000
)
SHARED = KeyRing(SECRET)
ED25519 = KeyRing(SECRET, algorithm=Algorithm.EDDSA)
READERS = [JwtTokens(SHARED), JwtTokens(ED25519)]
PUBLIC_KEY = ED25519.public_keys()[0]
PUBLIC_BYTES = base64.urlsafe_b64decode(PUBLIC_KEY["x"] + "=")
ORDER = 2**252 + 27742317777372353535851937790883648493

HEADER: dict[str, Any] = {"typ": "at+jwt", "alg": "HS256", "kid": SHARED.current.kid}
PAYLOAD: dict[str, Any] = {
    "iss": "hosanna",
    "aud": "hosanna-api",
    "sub": ANN,
    "sid": SESSION,
    "jti": TOKEN,
    "iat": ISSUED,
    "nbf": ISSUED,
    "exp": EXPIRES,
    "epoch": 3,
}


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def encoded(value: Any) -> str:
    return base64url(value if isinstance(value, bytes) else json.dumps(value).encode())


def forged(header: Any = HEADER, payload: Any = PAYLOAD, key: bytes = SECRET, digest: str = "sha256") -> str:
    """A token signed with the right secret, unless told otherwise, that says whatever it is told to say."""
    signed = f"{encoded(header)}.{encoded(payload)}"
    return f"{signed}.{base64url(hmac.digest(key, signed.encode(), digest))}"


def with_claims(**changed: Any) -> str:
    return forged(payload={**PAYLOAD, **changed})


def with_header(**changed: Any) -> str:
    return forged({**HEADER, **changed})


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in values.items() if other != name}


def refused(token: str, now: int = NOW) -> bool:
    """Whether every reader refuses it, also the second time, and none in any other way."""
    for reader in READERS:
        for _ in range(2):
            try:
                reader.read(token, now)
            except Unauthenticated:
                continue
            return False
    return True

"""Refresh tokens: one family a session, of which one token lives, and each is exchanged for the next.

A token is opaque to whoever holds it: the session, its number in the family, 256 random bits and a MAC under a key of
the store. So one that was made up is told from one that was spent without asking anybody, and only the latter ends the
session; and nothing but a hash of the random bits is ever kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.session import Session, Spent
from hosanna_core.model.withheld import withheld

if TYPE_CHECKING:
    from hosanna_core.model.ids import Millis, Version
    from hosanna_core.model.session import SessionId
    from hosanna_core.rules.access import AccessPolicy

SECRET_BYTES: Final = 32
GRACE: Final[Millis] = 30_000
"""So long an exchange whose answer was lost can be repeated."""
MOST_SPENT: Final = 16
"""Exchanges that are remembered within the grace: nobody in their right mind makes more."""
_MAC_BYTES: Final = 16
_ID_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_LENGTH: Final = _ID_BYTES + _NUMBER_BYTES + SECRET_BYTES + _MAC_BYTES


class RefreshToken(msgspec.Struct, frozen=True):
    """What a refresh token says to those who have the key."""

    session_id: SessionId
    version: Version
    secret: bytes

    def __repr__(self) -> str:
        return withheld(self, "secret")


def written(token: RefreshToken, key: bytes) -> str:
    """The token as its holder gets it: 91 characters."""
    body = (
        bytes.fromhex(token.session_id.replace("-", ""))
        + token.version.to_bytes(_NUMBER_BYTES)
        + token.secret
    )
    return base64.urlsafe_b64encode(body + _mac(body, key)).decode().rstrip("=")


def read(text: str, key: bytes) -> RefreshToken | None:
    """What a token says; None for anything that we did not make.

    >>> token = RefreshToken("01890a5d-ac96-774b-bcce-b302099a8057", 3, bytes(32))
    >>> read(written(token, b"key"), b"key") == token, read(written(token, b"key"), b"another")
    (True, None)
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body = raw[:-_MAC_BYTES]
    # The last character of base64 has bits to spare: only one spelling of a token is the token.
    spelled = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    if len(raw) != _LENGTH or spelled != text or not hmac.compare_digest(raw[-_MAC_BYTES:], _mac(body, key)):
        return None
    digits = body[:_ID_BYTES].hex()
    session_id = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    number = int.from_bytes(body[_ID_BYTES : _ID_BYTES + _NUMBER_BYTES])
    return RefreshToken(session_id, number, body[_ID_BYTES + _NUMBER_BYTES :])


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]


def hash_of(secret: bytes) -> bytes:
    """What is kept of a token's secret."""
    return hashlib.sha256(secret).digest()


def lives(session: Session, token: RefreshToken) -> bool:
    """Whether *token* is the living one of its family."""
    return token.version == session.version and hmac.compare_digest(session.token_hash, hash_of(token.secret))


def exchanged(
    session: Session, parent: RefreshToken, secret: bytes, now: Millis, policy: AccessPolicy
) -> Session:
    """The session with *secret* as its living token, and *parent*, which was, as a spent one."""
    recent = [each for each in session.spent if now - each.at <= GRACE][-(MOST_SPENT - 1) :]
    spent = Spent(version=parent.version, at=now, child=_veiled(parent, secret))
    return msgspec.structs.replace(
        session,
        version=session.version + 1,
        token_hash=hash_of(secret),
        spent=(*recent, spent),
        used_at=max(now, session.used_at),
        expires_at=min(now + policy.idle, session.created_at + policy.absolute),
    )


def child_of(session: Session, parent: RefreshToken, now: Millis) -> RefreshToken | None:
    """The token that *parent* was exchanged for, if that was within the grace; None where this is a replay."""
    for spent in session.spent:
        if spent.version == parent.version and now - spent.at <= GRACE:
            child = RefreshToken(session.id, parent.version + 1, _veiled(parent, spent.child))
            # A store that was put back may have given that number to another token, which unveils nothing.
            return child if child.version < session.version or lives(session, child) else None
    return None


def _veiled(parent: RefreshToken, secret: bytes) -> bytes:
    """*secret* encrypted, or decrypted, under a key that only *parent* gives.

    A one-time pad: the pad is a pseudo-random function of 256 random bits that encrypt nothing else.
    """
    pad = hmac.digest(parent.secret, f"child|{parent.session_id}|{parent.version}".encode(), "sha256")
    return bytes(a ^ b for a, b in zip(pad, secret, strict=True))

"""One-time codes by time (RFC 6238: HMAC-SHA-1, six digits, 30 s), and the recovery codes for a lost device."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from hosanna_core.model.ids import Millis
    from hosanna_core.model.people import User

STEP: Final[Millis] = 30_000
STEPS_ASIDE: Final = 1
"""A code of the step before or after is taken, too: clocks differ, and people type slowly."""
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
_DIGITS: Final = 6
_ISSUER: Final = "Hosanna"


def secret_of(user: User, key: bytes) -> bytes:
    """The secret that the user's authenticator shares with us: derived, never stored."""
    nonce = user.second_factor.nonce if user.second_factor else b""
    return hmac.digest(key, user.id.encode() + nonce, "sha256")[:SECRET_BYTES]


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3).

    >>> code_at(b"12345678901234567890", 59_000 // STEP)  # RFC 6238, appendix B
    '287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_of(secret: bytes, code: str, now: Millis, last_step: int) -> int | None:
    """The time step whose code this is; None for a wrong one, and for one that was good before."""
    present = now // STEP
    found = None
    for step in range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass"))
        if same and step > last_step:
            found = step
    return found


def uri_of(user: User, secret: bytes) -> str:
    """What authenticators read from a picture of squares."""
    label = quote(f"{_ISSUER}:{user.email}")
    return f"otpauth://totp/{label}?secret={text_of(secret)}&issuer={_ISSUER}"


def text_of(secret: bytes) -> str:
    """A secret, or a recovery code, as a person types it."""
    return base64.b32encode(secret).decode().rstrip("=")


def recovery_hash(user: User, code: str, key: bytes) -> bytes:
    """What is kept of a recovery code; spaces, hyphens and case do not matter."""
    nonce = user.second_factor.nonce if user.second_factor else b""
    plain = code.replace(" ", "").replace("-", "").upper()
    return hmac.digest(key, b"recovery" + nonce + plain.encode("utf-8", "surrogatepass"), "sha256")[:16]

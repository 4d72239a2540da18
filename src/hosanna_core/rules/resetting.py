"""Reset tokens: good once, for ten minutes, and stored nowhere.

A token is a MAC over who, until when, and what the account was like: its password's hash, its address, the epoch of its
sessions. Using it changes the hash, and with it every token that was made before is void. Since nothing is written when
one is asked for, an unknown address costs what a known one costs.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final

from hosanna_core.model.ids import MINUTE, Millis, is_id
from hosanna_core.rules.keys import fingerprint

if TYPE_CHECKING:
    from hosanna_core.model.ids import UserId
    from hosanna_core.model.people import User

LIFETIME: Final[Millis] = 10 * MINUTE
_LONGEST: Final = 200


def issued(user: User, now: Millis, nonce: bytes, key: bytes) -> str:
    """A token that lets its holder set *user*'s password until ten minutes from *now*."""
    head = f"{user.id}.{now + LIFETIME}.{_text(nonce)}"
    return f"{head}.{_text(_mac(head, user, key))}"


def claimed_by(token: str) -> UserId | None:
    """Whose token it says that it is; None where it has not even the form of one."""
    user_id = token.partition(".")[0]
    return user_id if is_id(user_id) and len(token) <= _LONGEST else None


def fits(token: str, user: User, now: Millis, key: bytes) -> bool:
    """Whether *token* may set the password of *user*, as the account is, at *now*."""
    head, _, mac = token.rpartition(".")
    right = _text(_mac(head, user, key)).encode()
    if not hmac.compare_digest(right, mac.encode("utf-8", "surrogatepass")):
        return False
    # The MAC says that the head is ours, so it has this form.
    return now < int(head.split(".")[1])


def _mac(head: str, user: User, key: bytes) -> bytes:
    state = fingerprint(
        head.encode("utf-8", "surrogatepass"), user.password_hash, user.email, str(user.session_epoch)
    )
    return hmac.digest(key, state.encode(), "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

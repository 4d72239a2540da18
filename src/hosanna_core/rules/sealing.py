"""Cursors as clients hold them: opaque, bound to one user and one store, and telling nothing.

A number would tell how much goes on, and what a store knows itself by contains ids. So a place in the feed is sealed
with a synthetic initialisation vector (the construction of RFC 5297, over HMAC-SHA-256 and SHAKE-256): nobody can read
or forge it. With it goes the instant of its sealing, so that a cursor that moved does not tell that anything happened.
Behind the sealed place stands the mark of the user whom it was given to: a hash, the same in all of their cursors.
What is sealed is the same for everybody, so that an event is put into words once, however many follow.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.feed import Cursor
from hosanna_core.model.ids import Millis
from hosanna_core.model.query import Position

if TYPE_CHECKING:
    from hosanna_core.model.ids import UserId, Version

LONGEST: Final = 400
"""Characters of a cursor at most: a place of any store fits."""
MARK: Final = 16
"""Characters of a mark."""
_TAG: Final = 16


class InFeed(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """A place in the feed, and when it was sealed."""

    cursor: Cursor
    at: Millis


class Walking(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """In the middle of all that is in view: where the feed ended at the beginning, and the last job."""

    head: Cursor
    position: Position
    at: Millis


class Folding(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """In the middle of what changed between two places: so many jobs of it were told."""

    start: Cursor
    end: Cursor
    count: int
    at: Millis


Spot = InFeed | Walking | Folding
_DECODER: Final = msgspec.msgpack.Decoder(Spot)


class Sealer:
    """Seals and opens for one store, by its key and its epoch."""

    def __init__(self, key: bytes, epoch: bytes) -> None:
        self._authenticity = hmac.digest(key, b"authenticity|" + epoch, "sha256")
        self._secrecy = hmac.digest(key, b"secrecy|" + epoch, "sha256")
        self._marks = hmac.digest(key, b"marks|" + epoch, "sha256")

    def seal(self, spot: Spot) -> str:
        """A place sealed, for everybody: a cursor once somebody's mark stands behind it."""
        plain = msgspec.msgpack.encode(spot)
        tag = self._tag(plain)
        return _written(tag + self._masked(tag, plain))

    def mark(self, user_id: UserId, role_since: Version) -> str:
        """Whose cursors these are; another one once the user has another role."""
        digest = hmac.digest(self._marks, f"{user_id}|{role_since}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[: MARK * 3 // 4]).decode()

    def open(self, text: str, mark: str) -> Spot | None:
        """What a cursor says; None where it is none, is of another store, or has another mark."""
        sealed, found = text[:-MARK], text[-MARK:]
        if not text.isascii() or len(text) > LONGEST or not hmac.compare_digest(found, mark):
            return None
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if _written(raw) != sealed:
            return None  # base64 has spare bits: a cursor has one spelling
        tag, plain = raw[:_TAG], self._masked(raw[:_TAG], raw[_TAG:])
        return _DECODER.decode(plain) if hmac.compare_digest(tag, self._tag(plain)) else None

    def _tag(self, plain: bytes) -> bytes:
        return hmac.digest(self._authenticity, plain, "sha256")[:_TAG]

    def _masked(self, tag: bytes, text: bytes) -> bytes:
        stream = hashlib.shake_256(self._secrecy + tag).digest(len(text))
        return bytes(a ^ b for a, b in zip(text, stream, strict=True))


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")

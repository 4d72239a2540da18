"""The cursors of lists: opaque, signed, bound to one caller and one order."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import Flaw, Invalid
from hosanna_core.model.query import Position

if TYPE_CHECKING:
    from hosanna_core.model.people import Actor

_TAG: Final = 16


class Bookmark(msgspec.Struct, frozen=True):
    """Where a caller is in one of their lists, and how the next place is written down."""

    key: bytes
    bound_to: bytes
    at: Position | None

    def cursor(self, position: Position | None) -> str | None:
        """The cursor for a position of the same list; None at the end."""
        if position is None:
            return None
        raw = msgspec.json.encode(position)
        return base64.urlsafe_b64encode(_tag(self.key, self.bound_to, raw) + raw).decode().rstrip("=")


def position_from(key: bytes, actor: Actor, listing: str, cursor: str | None) -> Bookmark:
    """The place that *cursor* names in the caller's *listing*; raises Invalid where it is not one of its cursors."""
    bound_to = f"{actor.id}|{actor.role}|{listing}".encode()
    return Bookmark(key, bound_to, None if cursor is None else _read(key, bound_to, cursor))


def _read(key: bytes, bound_to: bytes, cursor: str) -> Position:
    wrong = Invalid((Flaw("/cursor", "must be a next_cursor that this list gave you"),))
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    tag, raw = sealed[:_TAG], sealed[_TAG:]
    if not hmac.compare_digest(tag, _tag(key, bound_to, raw)):
        raise wrong
    return msgspec.json.decode(raw, type=Position)


def _tag(key: bytes, bound_to: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, len(bound_to).to_bytes(2, "big") + bound_to + raw, "sha256")[:_TAG]

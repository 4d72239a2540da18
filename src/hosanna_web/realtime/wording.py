"""Messages on their way out: made once for all who are told the same, spelled once for each kind of connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from hosanna_core.rules.sealing import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT: Final = 0x81
"""A text frame, whole (RFC 6455, 5.2)."""
_TAIL: Final = MARK + 2
"""Bytes of what stands behind what is the same for all: the mark of the cursor's owner, a quote and a brace."""
_SHORT: Final = 126
_MEDIUM: Final = 1 << 16


class Wording:
    """Some messages, each up to its cursor's mark."""

    def __init__(self, begun: Sequence[bytes]) -> None:
        self.begun = begun

    @cached_property
    def size(self) -> int:
        """Bytes in all, without the marks."""
        return sum(map(len, self.begun))

    @cached_property
    def texts(self) -> list[str]:
        """As text, for who wants that."""
        return [each.decode() for each in self.begun]

    @cached_property
    def framed(self) -> list[bytes]:
        """As WebSocket frames. A mark, which is alike long for all, goes between each and the next, and to the end."""
        return [*(head(len(each) + _TAIL) + each for each in self.begun), b""]

    @cached_property
    def events(self) -> list[tuple[bytes, bytes]]:
        """As server-sent events: up to the mark in the event's id, and from there to the mark in its data."""
        return [_event(each) for each in self.begun]


def head(length: int) -> bytes:
    """What stands before the *length* bytes of a text message from a server.

    >>> head(5).hex(), head(300).hex()
    ('8105', '817e012c')
    """
    if length < _SHORT:
        return bytes((_TEXT, length))
    if length < _MEDIUM:
        return bytes((_TEXT, 126)) + length.to_bytes(2, "big")
    return bytes((_TEXT, 127)) + length.to_bytes(8, "big")


def _event(begun: bytes) -> tuple[bytes, bytes]:
    sealed = begun[begun.rindex(b'"') + 1 :]
    kind = begun.split(b'"', 4)[3]
    return b"id: " + sealed, b"\nevent: " + kind + b"\ndata: " + begun

"""The client's end of WebSocket, as bytes: what asks for it, what is sent, and how long a frame is."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
_MASKED = 0x80
_NO_MASK = bytes(4)
"""A mask of zeros is one: the payload stays as it is."""


def upgrade(port: int, path: str, headers: Mapping[str, str]) -> bytes:
    """The request that turns a connection into a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(kind: int, payload: bytes) -> bytes:
    """A short frame as a client sends it."""
    if len(payload) > 125:
        head = bytes((kind, _MASKED | 126)) + len(payload).to_bytes(2, "big")
    else:
        head = bytes((kind, _MASKED | len(payload)))
    return head + _NO_MASK + payload


def extent(data: bytearray, at: int, end: int) -> tuple[int, int] | None:
    """Where the payload of the frame *at* begins and where it ends, None while its head is not whole."""
    if end - at < 2:
        return None
    size, head = data[at + 1], at + 2
    if size == 126:
        size, head = data[at + 2] << 8 | data[at + 3], at + 4
    elif size == 127:
        size, head = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
    return None if head > end else (head, head + size)

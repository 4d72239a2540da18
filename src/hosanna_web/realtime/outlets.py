"""The ways out to a client: straight to its transport where the server lets us, by ASGI's `send` elsewhere.

None of them ever waits: who takes nothing is cut off, and nobody else notices.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from hosanna_web.realtime.closing import Close

if TYPE_CHECKING:
    from hosanna_web.realtime.wording import Wording

MOST_UNTAKEN: Final = 256 * 1024
"""Bytes that a client may leave untaken."""
FAREWELL: Final = 5.0
"""Seconds in which a client can still hear why it is cut off."""
Piece = TypeVar("Piece")


class Wire(Protocol):
    """What a server that is ours puts into the scope of a WebSocket: its transport, for whole frames."""

    @property
    def untaken(self) -> int:
        """Bytes that were written and not taken yet."""

    @property
    def cut_with(self) -> int | None:
        """The close code with which we ended it; None: we did not."""

    def write(self, frames: bytes) -> None:
        """Write whole frames."""

    def cut(self, code: int, reason: str) -> None:
        """Send a close frame and end the connection, in any case within seconds."""


class Outlet(Protocol):
    """One client's way out."""

    @property
    def kind(self) -> str:
        """What kind of connection it is."""

    @property
    def untaken(self) -> int:
        """Bytes that the client has yet to take, as far as anybody can tell here."""

    @property
    def cut_with(self) -> int | None:
        """The close code with which we ended it; None where it goes on, or was the client's own doing."""

    def send(self, wording: Wording, mark: bytes) -> None:
        """Send messages; at once, whatever the client does."""

    def close(self, why: Close) -> None:
        """End it. Again changes nothing."""


class WireOutlet:
    """Frames that are the same for many, joined by the client's own mark and written in one go."""

    kind: Final = "websocket"
    __slots__ = ("_wire",)

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def untaken(self) -> int:
        """What the transport still holds."""
        return self._wire.untaken

    @property
    def cut_with(self) -> int | None:
        """What the transport was closed with."""
        return self._wire.cut_with

    def send(self, wording: Wording, mark: bytes) -> None:
        """Write them."""
        self._wire.write(mark.join(wording.framed))

    def close(self, why: Close) -> None:
        """Write a close frame."""
        self._wire.cut(why, why.reason)


class QueuedOutlet(Generic[Piece]):
    """A bounded queue of pieces, and whoever serves the connection takes from it."""

    __slots__ = ("_closed", "_queue", "_size", "_woken")

    def __init__(self) -> None:
        self._queue: deque[tuple[Piece, int]] = deque()
        self._size = 0
        self._woken = asyncio.Event()
        self._closed: Close | None = None

    @property
    def untaken(self) -> int:
        """What waits here: what is further on, nobody tells us."""
        return self._size

    @property
    def closed(self) -> Close | None:
        """Why it was ended; None while it goes on."""
        return self._closed

    @property
    def cut_with(self) -> int | None:
        """Why it was ended, unless it is that the client has gone."""
        return None if self._closed is Close.GOING_AWAY else self._closed

    def put(self, piece: Piece, size: int) -> None:
        """One more piece, of so many bytes."""
        if self._closed is None:
            self._queue.append((piece, size))
            self._size += size
            self._woken.set()

    def close(self, why: Close) -> None:
        """Take no more; what waits is still sent, unless that is too much already."""
        if self._closed is None:
            self._closed = why
            if why is Close.TOO_SLOW:
                self._queue.clear()
            self._woken.set()

    async def next(self) -> Piece | None:
        """The next piece, as soon as there is one; None at the end."""
        while not self._queue:
            if self._closed is not None:
                return None
            self._woken.clear()
            await self._woken.wait()
        piece, size = self._queue.popleft()
        self._size -= size
        return piece


class AsgiOutlet(QueuedOutlet[tuple[list[str], str]]):
    """WebSocket messages by ASGI's `send`, for servers that are not ours."""

    kind: Final = "websocket"
    __slots__ = ()

    def send(self, wording: Wording, mark: bytes) -> None:
        """Put them into the queue, all of them as one: what is the same for all is not copied until it is sent."""
        self.put((wording.texts, mark.decode()), wording.size + len(wording.begun) * len(mark))

    async def serve(self, send: Any) -> None:
        """Send until it is closed; then say why, if the client still listens."""
        while (piece := await self.next()) is not None:
            texts, mark = piece
            for text in texts:
                await send({"type": "websocket.send", "text": text + mark})
        if self.closed is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await send(
                        {"type": "websocket.close", "code": int(self.closed), "reason": self.closed.reason}
                    )


class EventOutlet(QueuedOutlet[bytes]):
    """Server-sent events."""

    kind: Final = "server_sent"
    __slots__ = ()

    def send(self, wording: Wording, mark: bytes) -> None:
        """Put them into the queue, each with its cursor as its id."""
        own = mark[:-2]
        for name, rest in wording.events:
            piece = name + own + rest + mark + b"\n\n"
            self.put(piece, len(piece))

"""Server-sent events, `/api/v1/events`: the same messages for those who only listen."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.outlets import EventOutlet
from hosanna_web.replies import PRIVATE, Reply

if TYPE_CHECKING:
    from litestar.types import Receive, Send

    from hosanna_web.replies import Header

MEDIA_TYPE: Final = b"text/event-stream"
_RETRY: Final = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""
_UNBUFFERED: Final = (b"x-accel-buffering", b"no")


class EventStream(Reply, frozen=True, kw_only=True):
    """An answer that goes on until either side ends it. It is to be `opened` before it is sent."""

    hub: Any
    identity: Any
    cursor: str | None
    entry: Any = None

    async def opened(self) -> EventStream:
        """The same, its listener admitted. Raises what `Hub.admit` raises."""
        entry = await self.hub.admit(self.identity, self.cursor)
        return msgspec.structs.replace(self, entry=entry)

    async def send(
        self, send: Send, *, method: str, also: tuple[Header, ...] = (), rest: Receive | None = None
    ) -> None:
        """Send what happens, until the client has gone or is sent away."""
        head = [(b"content-type", MEDIA_TYPE), (b"cache-control", PRIVATE), self.policy, _UNBUFFERED, *also]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if method != "HEAD" and rest is not None:
            await _piece(send, _RETRY)
            await self._tell(send, rest)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send, rest: Receive) -> None:
        outlet = EventOutlet()
        client = await self.hub.join(self.identity, self.entry, outlet)
        gone = asyncio.create_task(_close_when_gone(rest, outlet))
        try:
            while (piece := await outlet.next()) is not None:
                await _piece(send, piece)
        finally:
            self.hub.leave(client)
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone


async def _piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _close_when_gone(rest: Receive, outlet: EventOutlet) -> None:
    while (await rest())["type"] != "http.disconnect":
        pass
    outlet.close(Close.GOING_AWAY)

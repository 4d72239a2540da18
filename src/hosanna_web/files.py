"""Answers that are written while they are read: a file of any size, one piece at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from hosanna_web.replies import PRIVATE, Reply

if TYPE_CHECKING:
    from litestar.types import Receive, Send

    from hosanna_web.executors import Pool
    from hosanna_web.replies import Header


class FileReply(Reply, frozen=True, kw_only=True):
    """A file that is made piece by piece, on the threads that read. It is to be `opened` before it is sent."""

    pieces: Any
    """An iterator of bytes; what it raises cuts the answer off, so that nobody takes it for whole."""
    name: str
    pool: Any = None

    def opened(self, pool: Pool) -> FileReply:
        """The same, with threads to read on."""
        return msgspec.structs.replace(self, pool=pool)

    async def send(
        self,
        send: Send,
        *,
        method: str,
        also: tuple[Header, ...] = (),
        rest: Receive | None = None,
    ) -> None:
        """Send it; a client that takes its time is waited for, and of one that has gone nothing more is read."""
        head = [
            (b"content-type", self.media_type),
            (b"content-disposition", f'attachment; filename="{self.name}"'.encode()),
            (b"cache-control", PRIVATE),
            self.policy,
            *also,
        ]
        # The first piece is read before anything is promised.
        piece = None if method == "HEAD" else await self.pool.run(next, self.pieces, None)
        await send({"type": "http.response.start", "status": 200, "headers": head})
        gone = None if rest is None else asyncio.create_task(_gone(rest))
        try:
            while piece is not None and not (gone is not None and gone.done()):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await self.pool.run(next, self.pieces, None)
        finally:
            if gone is not None:
                gone.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await gone
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(rest: Receive) -> None:
    """Until the client hangs up; what else it says does not matter here."""
    while (await rest())["type"] != "http.disconnect":
        pass

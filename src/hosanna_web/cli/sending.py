"""An answer that is whole goes over the wire in one piece, its headers spelled once and for all."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from hosanna_web.replies import Header

_REMEMBERED: Final = 1024
_LENGTH: Final = b"content-length"
_CONNECTION: Final = b"connection"


class WholeSender:
    """ASGI's `send` of one answer. It keeps the start back until the body is there; what is not whole goes *plain*.

    A dozen headers stand on every answer, always the same: uvicorn looks each of them through every time, which costs
    a list of jobs about 10 µs of 200.
    """

    __slots__ = ("_always", "_cycle", "_plain", "_start")

    def __init__(
        self,
        cycle: RequestResponseCycle,
        always: Iterable[Header],
        plain: Callable[[Any], Awaitable[None]],
    ) -> None:
        self._cycle = cycle
        self._always = always
        self._plain = plain
        self._start: Any = None

    async def __call__(self, message: Any) -> None:
        """Send a message of the application."""
        if self._start is None:
            if message["type"] == "http.response.start" and not self._cycle.response_started:
                self._start = message
            else:
                await self._plain(message)
            return
        start, self._start = self._start, None
        if not self._sent_whole(start, message):
            await self._plain(start)
            await self._plain(message)

    def _sent_whole(self, start: Any, message: Any) -> bool:
        cycle = self._cycle
        body = message.get("body", b"")
        if (
            message["type"] != "http.response.body"
            or message.get("more_body", False)
            or not cycle.keep_alive
            or cycle.disconnected
            or cycle.access_log
            or cycle.flow.write_paused
            or cycle.scope["method"] == "HEAD"
        ):
            return False
        length = b""
        lines = [STATUS_LINE[start["status"]], *map(_line, self._always)]
        for header in start.get("headers", ()):
            name = header[0]
            if name == _LENGTH:
                length = header[1]
            elif name == _CONNECTION:
                return False
            lines.append(_line(header))
        if length != b"%d" % len(body):
            return False
        lines.append(b"\r\n")
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.writelines((b"".join(lines), body))
        cycle.message_event.set()
        cycle.on_response()
        return True


@lru_cache(_REMEMBERED)
def _line(header: Header) -> bytes:
    name, value = header
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError("A header holds what no header may.")
    return b"%b: %b\r\n" % (name.lower(), value)

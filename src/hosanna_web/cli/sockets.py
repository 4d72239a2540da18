"""One WebSocket: uvicorn's, with bounds on what a client may leave untaken or throw at us, and its transport lent out.

uvicorn waits for a client before it says anything more to it, and for ever for one that closes and does not read.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.http11 import Response
from websockets.server import ServerProtocol

from hosanna_web.problems import Misaddressed, UpgradeRequired, reply_to
from hosanna_web.realtime.closing import Close
from hosanna_web.realtime.outlets import FAREWELL, MOST_UNTAKEN
from hosanna_web.realtime.sockets import WIRE
from hosanna_web.replies import HARDENED

if TYPE_CHECKING:
    from asyncio.transports import BaseTransport

    from uvicorn._types import ASGISendEvent
    from uvicorn.config import Config
    from uvicorn.server import ServerState
    from websockets.frames import Frame
    from websockets.http11 import Request

    from hosanna_core.errors import HosannaError

PING_EVERY: Final = 10.0
"""Seconds between two pings."""
PONG_WITHIN: Final = 15.0
"""Seconds for the pong: who reads nothing is gone within 25 s, however much the system's buffers hold."""
MOST_FRAMES: Final = 500
"""Frames of a client within a second: pings cost us an answer each."""
MOST_PIECES: Final = 64
"""Frames that one message may come in."""
_FRAME_SECONDS: Final = 1.0
VERSION: Final = "13"
"""Of WebSocket: the only one there is (RFC 6455)."""
_LAST_OF_ALL: Final = ((b"sec-websocket-version", VERSION.encode()), (b"connection", b"close"))


class Handshake(ServerProtocol):
    """The parser; a handshake that is none is refused in our words."""

    def accept(self, request: Request) -> Response:
        """The answer to a handshake."""
        response = super().accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            return response
        versions = request.headers.get_all("Sec-WebSocket-Version")
        if len(versions) == 1 and versions != [VERSION]:
            error: HosannaError = UpgradeRequired()
        else:
            error = Misaddressed("This is no WebSocket handshake that can be read here.")
        reply = reply_to(error)
        headers = Headers(
            (name.decode(), value.decode()) for name, value in (*reply.head(), *HARDENED, *_LAST_OF_ALL)
        )
        return Response(reply.status, HTTPStatus(reply.status).phrase, headers, reply.body)


class SocketConnection(WebSocketsSansIOProtocol):
    """A `Wire` (`hosanna_web.realtime.outlets`), too. Kept apart from the connections that speak HTTP."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        sockets: set[SocketConnection],
    ) -> None:
        super().__init__(config, server_state, app_state)
        self.conn = Handshake(max_size=config.ws_max_size, logger=self.logger)
        self.connections = sockets  # type: ignore[assignment]  # uvicorn only adds, removes and counts
        self._frames = 0
        self._since = 0.0
        self.cut_with: int | None = None
        """The close code with which we ended it."""

    @property
    def untaken(self) -> int:
        """Bytes that were written and not taken yet."""
        return self.transport.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Write whole frames, at once."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(frames)

    def cut(self, code: int, reason: str) -> None:
        """Send a close frame, and end the connection once it is answered, or after a few seconds in any case."""
        if self.close_sent or self.transport.is_closing():
            return
        self.cut_with = code
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._hear_no_more()

    def _hear_no_more(self) -> None:
        self.close_sent = True
        self.stop_keepalive()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(FAREWELL, self.transport.abort)

    def connection_made(self, transport: BaseTransport) -> None:
        """The handshake's request is about to come."""
        super().connection_made(transport)
        self._since = self.loop.time()

    def handle_connect(self, event: Request) -> None:
        """The handshake: the application finds our transport in its scope."""
        super().handle_connect(event)
        if not self.close_sent:
            cast("dict[str, Any]", self.scope["extensions"])[WIRE] = self

    async def send(self, message: ASGISendEvent) -> None:
        """A message of the application; a refusal, too, completes the handshake."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            # They are kept for as long as the connection is open, and nobody asks for them again.
            del self.request, self.response
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def data_received(self, data: bytes) -> None:
        """Some bytes came; who lets our answers lie is not answered any more."""
        if self.handshake_complete and self.untaken > MOST_UNTAKEN:
            self.transport.abort()
            return
        super().data_received(data)

    def handle_events(self) -> None:
        """Whole frames came."""
        now = self.loop.time()
        if now - self._since > _FRAME_SECONDS:
            self._since, self._frames = now, 0
        super().handle_events()
        if self._frames > MOST_FRAMES:
            self.cut(Close.TOO_MANY, Close.TOO_MANY.reason)

    def handle_ping(self) -> None:
        """Answered by the parser."""
        self._frames += 1
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Asked for or not."""
        self._frames += 1
        super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """A further piece of a message."""
        self._frames += 1
        if len(self.frames) >= MOST_PIECES:
            self.cut(Close.REFUSED, "a message in too many pieces")
            self.frames = []
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """A whole message; what is no UTF-8 is worth a close code, and no line in the log."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.cut(Close.NOT_UTF8, Close.NOT_UTF8.reason)
                return
        super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """No pong in time: who does not read will not take a close frame, either, but may."""
        self.pong_timer = None
        self.cut(Close.TOO_SLOW, Close.TOO_SLOW.reason)

    def handle_parser_exception(self) -> None:
        """Frames that are none: the parser has said which close code that is."""
        super().handle_parser_exception()
        self.close_timer = self.loop.call_later(FAREWELL, self.transport.abort)

    def shutdown(self) -> None:
        """The server stops."""
        if self.handshake_complete:
            self.cut(Close.RESTARTING, Close.RESTARTING.reason)
        else:
            super().shutdown()

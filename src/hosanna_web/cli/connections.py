"""One connection: what is waited for, for how long, and what is said to those who speak no HTTP, or too slowly.

uvicorn reads and writes; it holds half-sent requests for ever, and answers what its parser refuses in words of its own.
"""

from __future__ import annotations

import asyncio
import fcntl
import math
import socket
import termios
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hosanna_core.errors import Busy
from hosanna_web.arrivals import LARGEST_HEADERS, LONGEST_PATH, LONGEST_QUERY
from hosanna_web.cli.sending import WholeSender
from hosanna_web.problems import Misaddressed, TooLarge, TooSlow, reply_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from hosanna_core.errors import HosannaError
    from hosanna_web.replies import Reply
    from hosanna_web.threshold import Threshold

LARGEST_HEAD: Final = LARGEST_HEADERS + LONGEST_PATH + LONGEST_QUERY + 1024
LARGEST_REQUEST: Final = 8 * 1024 * 1024
"""Bytes on the wire: a body of a megabyte, sent a byte at a time, is six times as long."""
ON_THE_WAY: Final = 256 * 1024
"""Bytes of an answer that goes on and on which the system may hold for its client: what it holds looks taken to us."""
_CLOSE: Final = (b"connection", b"close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long anything is waited for, in seconds, and how many connections there may be."""

    head: float = 10
    """For a whole head, from the connection or from the first byte of a further request."""
    silence: float = 10
    """For the next byte of a body."""
    body: float = 60
    """For a whole body."""
    reading: float = 20
    """For a client that takes nothing of its answer."""
    idle: float = 20
    """For the next request: a little longer than proxies keep a connection that they do not need."""
    farewell: float = 2
    """For a client to read why it was refused, and to hang up; by TLS, for one that has all to say goodbye, too."""
    connections: int = 1_000
    """Beyond these an idle one is closed, or the new one is told to come back."""
    beyond: int = 100
    """So many are told; any more are cut off."""

    @property
    def shortest(self) -> float:
        """The shortest of all that is waited for."""
        return min(self.head, self.silence, self.body, self.reading, self.idle, self.farewell)


class Place(Enum):
    """Where in a request a connection is."""

    BETWEEN = "between requests"
    HEAD = "in a head"
    BODY = "in a body"
    WHOLE = "behind a whole request"
    REFUSED = "behind the last word"


class Connection(HttpToolsProtocol):
    """uvicorn's, watched: whoever keeps it calls `look` again and again."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        threshold: Threshold,
        patience: Patience,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._threshold = threshold
        self._patience = patience
        self._refused = refused
        self._place = Place.BETWEEN
        self.due = math.inf
        """When the client must have done what is waited for."""
        self._whole_due = math.inf
        self._read_due = math.inf
        self._unsent = 0
        self._taken = 0
        """Bytes that came since the head, or the body, began."""
        self._answering: RequestResponseCycle | None = None
        self._one_too_many = False
        self._narrowed = False
        self._gone_due: float | None = None
        """When a client that was hung up on must have hung up, too."""

    @property
    def mute(self) -> bool:
        """Whether it has not brought a single request yet."""
        return (
            self._answering is None
            and self._place in {Place.BETWEEN, Place.HEAD}
            and not self.transport.is_closing()
        )

    @property
    def idle(self) -> bool:
        """Whether it is open for nothing but a further request."""
        return (
            self._place in {Place.BETWEEN, Place.WHOLE}
            and self._answering is not None
            and self._answering.response_complete
            and not self.transport.is_closing()
        )

    @property
    def listens(self) -> bool:
        """Whether it takes an answer that goes on and on: such are counted where they are given."""
        current = self._answering
        return current is not None and current.response_started and not current.response_complete

    @property
    def _answers(self) -> bool:
        """Whether an answer is on its way to a request that is whole, and nothing may be said before it."""
        current = self._answering
        if current is None or current.response_complete:
            return False
        return current.response_started or current is not self.cycle or self._place is not Place.BODY

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Somebody is there: they have so long to say what they want."""
        super().connection_made(transport)
        now = self.loop.time()
        self.due = now + self._patience.head
        self._read_due = now + self._patience.reading
        if len(self.connections) <= self._patience.connections:
            return
        # Those that are closing already make room by themselves.
        there = [
            each
            for each in self.connections
            if isinstance(each, Connection) and not each.listens and not each.transport.is_closing()
        ]
        count = len(there)
        if count <= self._patience.connections:
            return
        others = [each for each in there if each is not self]
        # Who has never asked anything goes first: sockets that only sit there shut nobody out who has.
        leaving = [each for each in others if each.mute] or [each for each in others if each.idle]
        if leaving:
            min(leaving, key=lambda each: each.due).transport.close()
        elif count <= self._patience.connections + self._patience.beyond:
            self._one_too_many = True
        else:
            self._refused(Busy.code)
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone. uvicorn tells the newest of its requests, and it is the first that is being answered."""
        super().connection_lost(exc)
        current = self._answering
        if current is not None and not current.response_complete:
            current.disconnected = True
            current.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        if self._place is Place.REFUSED:
            return
        self._taken += len(data)
        super().data_received(data)
        if self._place is Place.HEAD:
            if self._taken > LARGEST_HEAD:
                self._refuse(TooLarge("The headers are larger than anything that is read here."))
        elif self._place is Place.BODY:
            if self._taken > LARGEST_REQUEST:
                self._refuse(TooLarge("The body is larger than anything that is read here."))
            self.due = min(self.loop.time() + self._patience.silence, self._whole_due)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._place = Place.HEAD
        self._taken = 0
        if self.cycle is not None:
            self.due = self.loop.time() + self._patience.head

    def on_chunk_header(self) -> None:
        """A piece of a body that came in pieces: the headers that may follow it are none of the request's."""
        if self.headers is self.scope["headers"]:
            self.headers = []

    def on_headers_complete(self) -> None:
        """The whole head: its request goes to the application."""
        super().on_headers_complete()
        self._place = Place.BODY
        self._taken = 0
        self._whole_due = self.loop.time() + self._patience.body

    def on_message_complete(self) -> None:
        """The whole request: now the client waits."""
        super().on_message_complete()
        self._place = Place.WHOLE
        self.due = math.inf

    def on_response_complete(self) -> None:
        """The whole answer."""
        # As uvicorn's, but for its timer: `look` knows when we have waited long enough.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        now = self.loop.time()
        if self._place is Place.WHOLE:
            self.due = math.inf if self.pipeline else now + self._patience.idle
        else:
            # The next request has begun meanwhile, and may have waited for us.
            self.due = now + self._patience.head
            self._whole_due = now + self._patience.body

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words, which nobody needs
        """What the parser refuses."""
        self._refuse(Misaddressed("This is no HTTP that can be read here."))

    def shutdown(self) -> None:
        """As uvicorn's, once: who is hung up on twice under TLS is forgotten, and cannot be looked at any more."""
        if not self.transport.is_closing():
            super().shutdown()

    def look(self, now: float) -> None:
        """Cut the client off if it is too slow; to be called several times within the shortest patience."""
        if self.listens and not self._narrowed:
            self._narrow()
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._read_due = now + self._patience.reading
        elif now >= self._read_due:
            self.transport.abort()
            return
        self._unsent = unsent
        if self.transport.is_closing() and not unsent:
            self._see_off(now)
            return
        if now < self.due or unsent or self._answers or self.flow.read_paused or self.transport.is_closing():
            return
        if self._place is Place.HEAD or self._place is Place.BODY:
            self._refuse(TooSlow())
        else:
            self.transport.close()

    def _see_off(self, now: float) -> None:
        """End what waits for a client's goodbye: under TLS that is half a minute, also when a server stops."""
        if self._gone_due is None:
            self._gone_due = now + self._patience.farewell
        elif now >= self._gone_due and not _holds_something(self.transport):
            self.transport.abort()

    def _narrow(self) -> None:
        """By itself the system would take megabytes off us before anybody notices that the client takes nothing."""
        self._narrowed = True
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ON_THE_WAY)

    def _refuse(self, error: HosannaError) -> None:
        """Answer what has not become a request, and hear no more."""
        current = self._answering
        if self._answers and current is not None:
            # Whoever asked before gets their answer; it is the last one here.
            self._place, self.due = Place.REFUSED, math.inf
            self.pipeline.clear()
            current.keep_alive = False
            return
        if self._place is Place.BODY and current is not None:
            # Who works on it hears that nobody waits.
            current.disconnected = True
            current.message_event.set()
        self._refused(error.code)
        self._place, self.due = Place.REFUSED, self.loop.time() + self._patience.farewell
        self.transport.write(self._spelled(reply_to(error)))
        if self.transport.can_write_eof():
            # Hanging up on somebody who still talks would take the answer back.
            self.transport.write_eof()
        else:
            self.transport.close()

    def _spelled(self, reply: Reply) -> bytes:
        """An answer as it goes over the wire, the last one of its connection."""
        # There is none before the first byte.
        heard: Iterable[tuple[bytes, bytes]] = (self.scope or {}).get("headers", ())
        origin = next((value for name, value in heard if name == b"origin"), None)
        said = [
            *self.server_state.default_headers,
            *(each for each in reply.head() if each != _CLOSE),
            _CLOSE,
            *self._threshold.headers_for(origin, secure=self.scheme == "https"),
        ]
        status = HTTPStatus(reply.status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
        return b"\r\n".join([*lines, *(name + b": " + value for name, value in said), b"", reply.body])

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, self._turn_away if self._one_too_many else self._surely(cycle, app))

    async def _turn_away(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002  # ASGI's signature
        self._refused(Busy.code)
        await self._send(Busy("Too many connections are open: nothing was changed."), scope, send)

    def _surely(self, cycle: RequestResponseCycle, app: ASGI3Application) -> ASGI3Application:
        """The application, and an answer of ours where it gives none."""

        async def answered(scope: Any, receive: Any, send: Any) -> None:
            error: Exception = Busy("The server is stopping.")
            try:
                await app(scope, receive, WholeSender(cycle, self.server_state.default_headers, send))
            except asyncio.CancelledError:
                pass
            except Exception as unforeseen:  # whatever it is, it becomes an answer
                error = unforeseen
            if not cycle.response_started and not cycle.disconnected:
                await self._send(error, scope, send)

        return answered

    async def _send(self, error: Exception, scope: Any, send: Any) -> None:
        arrival = self._threshold.arrival(scope)
        also = (*self._threshold.headers(arrival), _CLOSE)
        await reply_to(error).send(send, method=arrival.method, also=also)


def _holds_something(transport: asyncio.BaseTransport) -> bool:
    """Whether the system has yet to bring something to the client; where it does not say, it may."""
    count = bytearray(4)
    try:
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    except (OSError, ValueError):
        return True
    return any(count)

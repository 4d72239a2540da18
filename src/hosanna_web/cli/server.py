"""Listening: a socket that is ours before anything else happens, and a server that ends well when told to."""

from __future__ import annotations

import asyncio
import errno
import gc
import resource
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from hosanna_web.cli.connections import Connection, Patience
from hosanna_web.cli.sockets import PING_EVERY, PONG_WITHIN, SocketConnection
from hosanna_web.data_folder import CannotStart
from hosanna_web.realtime.hub import MOST_CLIENTS
from hosanna_web.realtime.sockets import LARGEST_MESSAGE

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable
    from types import FrameType

    from hosanna_web.threshold import Threshold

PATIENCE_AT_THE_END: Final = 10
"""Seconds that requests in progress are given when the server is told to stop."""
_BACKLOG: Final = 2048
_OTHER_FILES: Final = 1024
"""For the store, and for connections that are about to be cut off or shake hands."""
_LOOKS: Final = 4
"""So often each connection is looked at within the shortest patience."""
_REASONS: Final = {
    errno.EADDRINUSE: "something listens there already. Stop it, or set PORT to another port.",
    errno.EACCES: "this user may not. Ports below 1024 need a privilege: set PORT to a higher one.",
    errno.EADDRNOTAVAIL: "this machine does not have that address. Set HOSANNA_HOST to one that it has.",
}


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: any that is free); raises CannotStart."""
    where = address(host, port)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise CannotStart(
            f"The server cannot listen on {where}: HOSANNA_HOST is neither an address nor a name that leads to one. "
            "127.0.0.1 is this machine alone, 0.0.0.0 every address that it has."
        ) from None
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(place)
        # Only listening shows whether somebody else does.
        bound.listen()
    except OSError as error:
        bound.close()
        reason = _REASONS.get(error.errno or 0, f"{error.strerror}.")
        raise CannotStart(f"The server cannot listen on {where}: {reason}") from None
    return bound


def allow_many_files(wanted: int) -> None:
    """Let this process hold so many files and sockets open, as far as its user may: often a thousand is the rule."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def address(host: str, port: int, *, secure: bool = False) -> str:
    """The URL of a host and a port.

    >>> address("::1", 5000)
    'http://[::1]:5000'
    """
    return f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


class AnnouncingServer(uvicorn.Server):
    """Says when it is ready, watches its connections, and ends well when told to.

    Being told to stop is the end of its work, not a failure. Once *anew* is set it stops, too. *refused* hears the
    code of what became no request.
    """

    def __init__(
        self,
        app: Any,
        ready: Callable[[], None],
        *,
        threshold: Threshold,
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
        farewell: Callable[[], Awaitable[None]] | None = None,
        anew: asyncio.Event | None = None,
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ready = ready
        self._farewell = farewell
        self._anew = anew
        self._refused = refused
        self._sockets: set[SocketConnection] = set()
        self._threshold = threshold
        self._tls = tls
        self._patience = patience or Patience()
        self._watch: asyncio.Task[None] | None = None
        super().__init__(
            uvicorn.Config(
                app,
                ws=partial(SocketConnection, sockets=self._sockets),  # type: ignore[arg-type]  # it makes a protocol
                ws_max_size=LARGEST_MESSAGE,
                ws_ping_interval=PING_EVERY,
                ws_ping_timeout=PONG_WITHIN,
                # Frames are written as they are, the same ones to many.
                ws_per_message_deflate=False,
                lifespan="on",
                # What a proxy says about the client is believed by nobody who has not been told to: see `Proxies`.
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                log_level="error",
                timeout_graceful_shutdown=PATIENCE_AT_THE_END,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)
        loop = asyncio.get_running_loop()
        hello = None if self._tls is None else self._patience.head
        allow_many_files(2 * self._patience.connections + MOST_CLIENTS + _OTHER_FILES)
        self.servers = [
            await loop.create_server(
                self._connection, sock=each, ssl=self._tls, backlog=_BACKLOG, ssl_handshake_timeout=hello
            )
            for each in sockets or ()
        ]
        self.started = True
        self._watch = loop.create_task(self._look_at_connections())
        # Modules and schemas live as long as the process: a collector that need not look through them again and
        # again costs a list of jobs about a tenth less.
        gc.collect()
        gc.freeze()
        self._ready()

    def _connection(self) -> Connection:
        return Connection(
            self.config,
            self.server_state,
            self.lifespan.state,
            threshold=self._threshold,
            patience=self._patience,
            refused=self._refused,
        )

    async def _look_at_connections(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._patience.shortest / _LOOKS)
            if self._anew is not None and self._anew.is_set():
                self.should_exit = True
            now = loop.time()
            for each in tuple(self.server_state.connections):
                if isinstance(each, Connection):
                    each.look(now)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in progress, and stop. Who only listens is told to come back, at once."""
        try:
            if self._farewell is not None:
                await self._farewell()
            for socket_ in tuple(self._sockets):
                socket_.shutdown()
            await super().shutdown(sockets)
        finally:
            if self._watch is not None:
                self._watch.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # Python's signature
        """At the first signal finish what is in progress, at the second go."""
        # uvicorn's own remembers the signal and raises it again at the end, which would make the exit a failure.
        self.force_exit = self.should_exit
        self.should_exit = True

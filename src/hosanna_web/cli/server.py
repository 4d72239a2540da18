"""Listening: a socket that is ours before anything else happens, and a server that ends well when told to."""

from __future__ import annotations

import errno
import gc
import socket
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PATIENCE_AT_THE_END: Final = 10
"""Seconds that requests in progress are given when the server is told to stop."""
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
    except (OSError, UnicodeError) as error:
        raise CannotStart(
            f"The server cannot listen on {where}: HOSANNA_HOST is no address ({error})."
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


def address(host: str, port: int) -> str:
    """The URL of a host and a port.

    >>> address("::1", 5000)
    'http://[::1]:5000'
    """
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class AnnouncingServer(uvicorn.Server):
    """Says when it is ready, and treats being told to stop as the end of its work, not as a failure."""

    def __init__(self, app: Any, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # Nobody speaks WebSocket here yet.
                ws="none",
                lifespan="on",
                # What a proxy says about the client is believed by nobody who has not been told to.
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                log_level="error",
                timeout_graceful_shutdown=PATIENCE_AT_THE_END,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            # Modules and schemas live as long as the process: a collector that need not look through them again and
            # again costs a list of jobs about a tenth less.
            gc.collect()
            gc.freeze()
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # Python's signature
        """At the first signal finish what is in progress, at the second go."""
        # uvicorn's own remembers the signal and raises it again at the end, which would make the exit a failure.
        self.force_exit = self.should_exit
        self.should_exit = True

"""Both kinds of connections to the feed, behind one face."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from hosanna_web.client.answers import bearer, refusal_of
from hosanna_web.client.refusals import Offline
from hosanna_web.client.session import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hosanna_web.client.session import Session

SILENCE: Final = 60.0
"""Seconds in which a server that is there says something: it sends a heartbeat every 25."""
_FAREWELL: Final = 2.0
_AHEAD: Final = 16
"""Messages that are read before they are asked for."""
_LOOK: Final = 0.2
_log = logging.getLogger("hosanna.client")


class Ended(Exception):  # it is what happened
    """The connection is over; *code* is that of its close frame, None where there was none."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Connection(Protocol):
    """An open connection to the feed."""

    def receive(self, timeout: float) -> dict[str, Any]:
        """The next message. Raises TimeoutError where none comes in time, Ended."""

    def renew(self, token: str) -> bool:
        """Go on under a new token; False where that takes a new connection."""

    def close(self) -> None:
        """End it, from any thread: whoever waits for a message finds it `Ended`."""


class SocketConnection:
    """The WebSocket `/stream`."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def receive(self, timeout: float) -> dict[str, Any]:
        """The next message."""
        try:
            message: dict[str, Any] = json.loads(self._connection.recv(timeout))
        except ConnectionClosed as closed:
            raise Ended(closed.rcvd.code if closed.rcvd is not None else None) from None
        except ValueError:  # what stands between may have cut it short
            raise Ended(None) from None
        return message

    def renew(self, token: str) -> bool:
        """Say so: it is answered by a message."""
        try:
            self._connection.send(json.dumps({"type": "authenticate", "token": token}))
        except ConnectionClosed as closed:
            raise Ended(closed.rcvd.code if closed.rcvd is not None else None) from None
        return True

    def close(self) -> None:
        """Say goodbye."""
        self._connection.close()


class _Straight(ClientConnection):
    """A connection that is made with the server that was named, or with none: no answer sends it on to another."""

    def handshake(self, *given: Any, **named: Any) -> None:
        """Shake hands. Raises Refused, Offline for what the library would follow, or complain of in its own words."""
        try:
            super().handshake(*given, **named)
        except InvalidStatus as refused:
            response = refused.response
            raise refusal_of(response.status_code, response.headers, bytes(response.body or b"")) from None


@contextlib.contextmanager
def socket_to(session: Session, token: str, cursor: str | None) -> Iterator[Connection]:
    """Open the WebSocket."""
    with contextlib.ExitStack() as opened:
        try:
            connection = opened.enter_context(
                connect(
                    _address(session, cursor),
                    additional_headers=bearer(token),
                    ssl=session.tls,
                    proxy=True if session.trust_env else None,
                    open_timeout=session.timeout,
                    close_timeout=_FAREWELL,
                    compression=None,
                    create_connection=_Straight,
                )
            )
        except (OSError, EOFError, InvalidHandshake, ConnectionClosed) as error:
            raise Offline(str(error), sent=False) from error
        yield SocketConnection(connection)


def _address(session: Session, cursor: str | None) -> str:
    scheme, _, rest = session.url.partition("://")
    query = "" if cursor is None else f"?cursor={cursor}"
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}{API}/stream{query}"


class EventsConnection:
    """The server-sent events of `/events`, for where WebSockets do not get through. A thread of its own reads them."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue(_AHEAD)
        self._closed = threading.Event()
        self._reader = threading.Thread(target=self._read, name="server-sent events", daemon=True)
        self._reader.start()

    def receive(self, timeout: float) -> dict[str, Any]:
        """The next message."""
        try:
            message = self._heard.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None
        if message is None:
            raise Ended(None)
        return message

    def renew(self, token: str) -> bool:  # noqa: ARG002  # nothing can be said here
        """It cannot."""
        return False

    def close(self) -> None:
        """Hang up. Closing alone would not wake whoever reads."""
        self._closed.set()
        stream = self._response.extensions["network_stream"]
        with contextlib.suppress(OSError):
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        try:
            for line in self._response.iter_lines():
                name, _, value = line.partition(": ")
                # What else an event says, its type and its cursor, stands in its data, too.
                if name == "data":
                    self._put(json.loads(value))
        except (httpx.RequestError, httpx.StreamError, ValueError) as error:
            # Of a message that was cut short without an error the rest comes after the next connection.
            _log.info("The server-sent events broke off: %s", error)
        finally:
            self._response.close()
            self._put(None)

    def _put(self, message: dict[str, Any] | None) -> None:
        """Who takes nothing is not read for."""
        while not (self._closed.is_set() and self._heard.full()):
            with contextlib.suppress(queue.Full):
                self._heard.put(message, timeout=_LOOK)
                return


@contextlib.contextmanager
def events_of(session: Session, token: str, cursor: str | None) -> Iterator[Connection]:
    """Open the server-sent events."""
    params = {} if cursor is None else {"cursor": cursor}
    connection = EventsConnection(session.listen("/events", params, token, SILENCE))
    try:
        yield connection
    finally:
        connection.close()

"""Open connections to a server that may die at any moment: a thread reads each, and takes note of how it ended."""

import contextlib
import json
import queue
import threading
import time
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

API = "/api/v1"
PATIENCE = 30.0
END = None


class Gone(Exception):
    """The connection ended; *code* is that of the close frame, None where there was none."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """Messages wait here until they are taken; those that were not when it is hung up are lost, as on a phone."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.ended_at: float | None = None
        self._heard: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def begin(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def take(self, timeout: float = PATIENCE) -> dict[str, Any]:
        """The next message; raises Gone once there is none, queue.Empty if none comes in time."""
        message = self._heard.get(timeout=timeout)
        if message is END:
            self._heard.put(END)
            raise Gone(self.code)
        return message

    def hang_up(self) -> None:
        raise NotImplementedError

    def _read(self) -> None:
        try:
            self._hear()
        finally:
            self.ended_at = time.monotonic()
            self._heard.put(END)

    def _hear(self) -> None:
        raise NotImplementedError

    def _put(self, text: str | bytes) -> None:
        self._heard.put(json.loads(text))


class SocketLine(Line):
    def __init__(self, opened: contextlib.ExitStack, connection: ClientConnection) -> None:
        super().__init__()
        self._opened = opened
        self._connection = connection

    def _hear(self) -> None:
        try:
            while True:
                self._put(self._connection.recv())
        except ConnectionClosed as closed:
            self.code = None if closed.rcvd is None else closed.rcvd.code

    def hang_up(self) -> None:
        self._opened.close()


class EventsLine(Line):
    def __init__(self, client: httpx.Client, response: httpx.Response) -> None:
        super().__init__()
        self._client = client
        self._response = response

    def _hear(self) -> None:
        event: dict[str, str] = {}
        with contextlib.closing(self._client), contextlib.suppress(httpx.HTTPError, httpx.StreamError):
            for line in self._response.iter_lines():
                name, _, value = line.partition(": ")
                if name:
                    event[name] = value
                elif "data" in event:
                    self._put(event["data"])
                    said = json.loads(event["data"])
                    assert (event["id"], event["event"]) == (said["cursor"], said["type"])
                    event = {}

    def hang_up(self) -> None:
        stream = self._response.extensions["network_stream"]
        with contextlib.suppress(OSError):
            stream.get_extra_info("socket").shutdown(2)


def opened(url: str, token: str, cursor: str | None, *, events: bool) -> Line | int | None:
    """A connection; or the status by which it was refused; or None where nobody answered."""
    line = _events(url, token, cursor) if events else _socket(url, token, cursor)
    if isinstance(line, Line):
        line.begin()
    return line


def _socket(url: str, token: str, cursor: str | None) -> Line | int | None:
    address = url.replace("http", "ws", 1) + f"{API}/stream"
    if cursor is not None:
        address += f"?{httpx.QueryParams({'cursor': cursor})}"
    options: dict[str, Any] = {"open_timeout": PATIENCE, "close_timeout": 1.0, "proxy": None}
    with contextlib.ExitStack() as opening:
        try:
            connection = opening.enter_context(
                connect(address, additional_headers={"Authorization": f"Bearer {token}"}, **options)
            )
        except InvalidStatus as refused:
            return refused.response.status_code
        except (OSError, EOFError, InvalidHandshake, ConnectionClosed):
            return None
        return SocketLine(opening.pop_all(), connection)


def _events(url: str, token: str, cursor: str | None) -> Line | int | None:
    client = httpx.Client(trust_env=False, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}"}
    if cursor is not None:
        headers["Last-Event-ID"] = cursor
    try:
        response = client.send(
            client.build_request("GET", url + API + "/events", headers=headers), stream=True
        )
    except httpx.HTTPError:
        client.close()
        return None
    if response.status_code != 200:
        response.close()
        client.close()
        return response.status_code
    return EventsLine(client, response)

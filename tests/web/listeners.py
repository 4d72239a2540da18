"""Clients that listen: over real sockets, to a server in this process."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.web.firm import API, Firm
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

PATIENCE = 10.0
QUIET = 0.3
"""Seconds in which nothing comes: then everything has come."""


class Listener:
    """A WebSocket client, and all that it was sent."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[dict[str, Any]] = []

    def next(self, timeout: float = PATIENCE) -> dict[str, Any]:
        said = json.loads(self.connection.recv(timeout=timeout))
        assert list(said)[-1] == "cursor"
        self.heard.append(said)
        return dict(said)

    def until_quiet(self) -> list[dict[str, Any]]:
        """What comes until nothing more does."""
        found = []
        with contextlib.suppress(TimeoutError):
            while True:
                found.append(self.next(QUIET))
        return found

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.until_quiet()]

    @property
    def cursor(self) -> str:
        return str(self.heard[-1]["cursor"])

    def say(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def close_code(self, timeout: float = PATIENCE) -> int:
        """How the server ended it; what it said before is heard."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.next(timeout)
        code = self.connection.close_code
        assert code is not None
        return code


@contextlib.contextmanager
def listens(
    firm: Firm, port: int, who: str | None, query: str = "", *, token: str | None = None, **options: Any
) -> Iterator[Listener]:
    """A client that has been greeted or not; *who* None: without a token."""
    given = firm.tokens[who] if token is None and who is not None else token
    headers = {} if given is None else {"Authorization": f"Bearer {given}"}
    url = f"ws://127.0.0.1:{port}{API}/stream{query}"
    with connect(url, additional_headers=headers, open_timeout=PATIENCE, **options) as connection:
        yield Listener(connection)


def refused(
    firm: Firm, port: int, who: str | None, query: str = "", **options: Any
) -> tuple[int, dict[str, Any]]:
    """The status and the problem of a handshake that is refused."""
    with pytest.raises(InvalidStatus) as caught, listens(firm, port, who, query, **options):
        pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"{}")


@contextlib.contextmanager
def events(
    firm: Firm, port: int, who: str, query: str = "", **headers: str
) -> Iterator[Iterator[dict[str, str]]]:
    """Server-sent events, as a browser would take them apart."""
    sent = {"Authorization": f"Bearer {firm.tokens[who]}"} | headers
    with (
        httpx.Client(trust_env=False, timeout=PATIENCE) as client,
        client.stream("GET", f"http://127.0.0.1:{port}{API}/events{query}", headers=sent) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        yield _events(response)


def _events(response: httpx.Response) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif "data" in event:
            yield event
            event = {}

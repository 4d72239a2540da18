"""A real server with an Administrator, who asks it with a watch in their hand, and a crowd that always does."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from tests.cli.lines import API, Line, opened
from tests.cli.running import Serving, password_shown, serving
from tests.web.firm import JOB

from hosanna_web.first_administrator import DEVELOPMENT_EMAIL

AT_ONCE = 8.0
"""Seconds in which whoever finds a dependency away is told. Two are promised: the others are for a machine that runs
other tests beside these."""
ALIVE = 4.0
"""Seconds in which the process says that it lives, whatever is broken. Half of one is promised: likewise."""
BACK = 15.0
"""Seconds after which all is as before, once what was broken is there again. Five are promised: likewise."""
PATIENCE = 30.0
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """What came, when it was asked for, and how long it took on the client's watch; status 0: the connection broke."""

    what: str
    asked_at: float
    seconds: float
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def refused(self) -> bool:
        """Whether it is the one refusal that is allowed while something is broken, told as it should be."""
        return (
            self.status == 503
            and self.headers["content-type"] == PROBLEM
            and int(self.headers["retry-after"]) > 0
        )


@dataclass
class House:
    """One server; *secret* lets the Administrator in."""

    server: Serving
    client: httpx.Client
    secret: str
    token: str = ""
    jobs: list[str] = field(default_factory=list)
    """Those that the server said it had made."""

    def ask(self, what: str, method: str, path: str, body: Any = None, *, bare: bool = False) -> Answer:
        headers = {} if bare else {"Authorization": f"Bearer {self.token}"}
        began, wall = time.perf_counter(), time.monotonic()
        try:
            answer = self.client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            return Answer(what, wall, time.perf_counter() - began, 0, {}, repr(error).encode())
        took = time.perf_counter() - began
        return Answer(what, wall, took, answer.status_code, dict(answer.headers), answer.content)

    def live(self) -> Answer:
        return self.ask("live", "GET", "/health/live", bare=True)

    def ready(self) -> Answer:
        return self.ask("ready", "GET", "/health/ready", bare=True)

    def condition(self, name: str) -> dict[str, Any]:
        """What readiness tells of one dependency."""
        answer = self.ready()
        assert answer.status == 200, answer
        (found,) = [each for each in json.loads(answer.body)["dependencies"] if each["name"] == name]
        return dict(found)

    def list(self) -> Answer:
        return self.ask("list", "GET", f"{API}/jobs?limit=5")

    def follow(self) -> Answer:
        """Only while nobody is let in: else it never ends."""
        return self.ask("events", "GET", f"{API}/events")

    def knock(self) -> Answer:
        """Open a socket, and hang up."""
        began, wall = time.perf_counter(), time.monotonic()
        try:
            with socket.create_connection(self.address, PATIENCE) as end, end.makefile("rb") as heard:
                end.sendall(handshake(self.token))
                status, *lines = list(iter(heard.readline, b"\r\n"))
        except (OSError, ValueError) as error:
            return Answer("knock", wall, time.perf_counter() - began, 0, {}, repr(error).encode())
        took = time.perf_counter() - began
        headers = dict(line.decode().strip().split(": ", 1) for line in lines)
        return Answer("knock", wall, took, int(status.split()[1]), headers, b"")

    @property
    def address(self) -> tuple[str, int]:
        """Where the server is."""
        parts = urlsplit(self.server.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def log_in(self) -> Answer:
        who = {"email": DEVELOPMENT_EMAIL, "password": self.secret}
        return self.ask("login", "POST", f"{API}/auth/login", who, bare=True)

    def make(self) -> Answer:
        answer = self.ask("make", "POST", f"{API}/jobs", JOB)
        if answer.status == 201:
            self.jobs.append(json.loads(answer.body)["id"])
        return answer

    def move(self) -> Answer:
        """A transition of a job that is there."""
        return self.ask("move", "POST", f"{API}/jobs/{self.jobs[0]}/transitions/confirm", {})

    def listen(self, cursor: str | None = None, *, events: bool = False) -> Line:
        line = opened(self.server.url, self.token, cursor, events=events)
        assert isinstance(line, Line), f"not let in: {line}"
        return line


def handshake(token: str) -> bytes:
    """What opens a socket, as it goes over the wire."""
    return (
        f"GET {API}/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


@contextlib.contextmanager
def house(folder: Path, **variables: str) -> Iterator[House]:
    """A server with one job."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    with (
        serving(folder, **{"BACKUP_EVERY": "off", **variables}) as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False, limits=limits) as client,
    ):
        found = House(server, client, password_shown(server.said))
        answer = found.log_in()
        assert answer.status == 200, answer
        found.token = json.loads(answer.body)["access_token"]
        assert found.make().status == 201
        yield found


def together(*questions: Callable[[], Answer]) -> list[Answer]:
    """All of them asked at once."""
    with ThreadPoolExecutor(len(questions)) as askers:
        return [each.result() for each in [askers.submit(question) for question in questions]]


@contextlib.contextmanager
def crowd(*questions: Callable[[], Answer], pause: float = 0.1) -> Iterator[list[Answer]]:
    """Each is asked again and again by somebody until the block ends; the answers, as they come."""
    heard: list[Answer] = []
    over = threading.Event()

    def ask(question: Callable[[], Answer]) -> None:
        while not over.wait(pause):
            heard.append(question())

    askers = [threading.Thread(target=ask, args=(each,)) for each in questions]
    for each in askers:
        each.start()
    try:
        yield heard
    finally:
        over.set()
        for each in askers:
            each.join(2 * PATIENCE)


def well_after(question: Callable[[], Answer], since: float, within: float = BACK) -> float:
    """Seconds from *since* until it is answered well; fails where that takes longer than *within*."""
    while True:
        answer = question()
        took = time.monotonic() - since
        if 200 <= answer.status < 300:
            assert took < within, f"{answer.what}: {took:.1f} s"
            return took
        assert took < within, answer
        time.sleep(0.05)


def slowest(heard: list[Answer]) -> dict[str, float]:
    """The longest that each question took."""
    found: dict[str, float] = {}
    for each in heard:
        found[each.what] = max(found.get(each.what, 0.0), round(each.seconds, 3))
    return found


def kinds(heard: list[Answer]) -> dict[str, set[int]]:
    """With which statuses each question was answered."""
    found: dict[str, set[int]] = {}
    for each in heard:
        found.setdefault(each.what, set()).add(each.status)
    return found

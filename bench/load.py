"""Requests at a constant rate from a process of its own, however long each takes: `python -m bench.load`.

One line of JSON on the standard input says what to ask, one on the standard output what came of it. A request's time
counts from when it was due, not from when a connection was free for it: a server that stalls is charged for everybody
who had to wait.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict, deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import httptools
import uvloop

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 30.0
"""Seconds after the last request in which every answer has come."""


@dataclass(frozen=True)
class Request:
    """One request, of a *kind* that is told apart in the results; who asks is the index of their token."""

    kind: str
    method: str
    path: str
    who: int
    body: str = ""


def run(port: int, tokens: Sequence[str], rate: int, requests: Sequence[Request]) -> subprocess.Popen[str]:
    """Begin to ask; `answers` waits for what came of it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    asked = {
        "port": port,
        "tokens": list(tokens),
        "rate": rate,
        "requests": [asdict(each) for each in requests],
    }
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return process


def answers(process: subprocess.Popen[str]) -> dict[str, list[float]]:
    """Seconds that each answer took, by kind. Raises RuntimeError if one was no success."""
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError("the load could not be brought")
    result = json.loads(told)
    if result["failures"]:
        raise RuntimeError(f"not everything was answered: {result['failures']}")
    return dict(result["took"])


class Connection(asyncio.Protocol):
    """A kept connection with at most one request under way."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """The status of the answer, once all of it is here."""
        assert self._transport
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(str(error)))

    def on_message_complete(self) -> None:
        """Called by the parser."""
        answer = self._answer
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        if answer and not answer.done():
            answer.set_result(status)


class Load:
    """The requests of one run."""

    def __init__(self, port: int, tokens: list[str], rate: int) -> None:
        self._port, self._tokens, self._rate = port, tokens, rate
        self._free: deque[Connection] = deque()
        self.took: dict[str, list[float]] = defaultdict(list)
        self.failures: dict[str, int] = defaultdict(int)

    async def bring(self, requests: list[Request]) -> None:
        """Ask for everything at its time, and wait for the answers."""
        start = time.perf_counter() + 0.5
        under_way = set()
        for number, request in enumerate(requests):
            due = start + number / self._rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            task = asyncio.create_task(self._one(request, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=PATIENCE)
            self.failures["late"] += len(late)
        self.failures = {name: count for name, count in self.failures.items() if count}

    async def _one(self, request: Request, due: float) -> None:
        connection = self._free.popleft() if self._free else await self._opened()
        try:
            status = await connection.ask(self._bytes(request))
        except ConnectionError:
            self.failures[f"{request.kind}: connection lost"] += 1
            return
        self._free.append(connection)
        self.took[request.kind].append(time.perf_counter() - due)
        if status != 200:
            self.failures[f"{request.kind}: {status}"] += 1

    async def _opened(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, "127.0.0.1", self._port
        )
        return connection

    def _bytes(self, request: Request) -> bytes:
        head = f"{request.method} {request.path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
        head += f"Authorization: Bearer {self._tokens[request.who]}\r\n"
        if request.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(request.body)}\r\n"
        return f"{head}\r\n{request.body}".encode()


async def _main() -> None:
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    load = Load(asked["port"], asked["tokens"], asked["rate"])
    await load.bring([Request(**each) for each in asked["requests"]])
    print(json.dumps({"took": load.took, "failures": load.failures}))


if __name__ == "__main__":
    uvloop.run(_main())

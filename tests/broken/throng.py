"""Very many clients at once, each on a connection of its own, without a thread or a library for any of them."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.broken.house import PATIENCE

PAUSE = 1.0
"""Seconds after which whoever was told to come back does."""


@dataclass
class Tally:
    """How all of them were answered: how often, and the longest that it took, by status; 0: the connection broke."""

    counts: Counter[int] = field(default_factory=Counter)
    longest: dict[int, float] = field(default_factory=dict)
    unhinted: int = 0
    """Refusals that do not say when to come back."""

    def add(self, status: int, seconds: float, head: bytes) -> None:
        self.counts[status] += 1
        self.longest[status] = max(self.longest.get(status, 0.0), seconds)
        self.unhinted += status == 503 and b"\r\nretry-after: " not in head


def spelled(method: str, path: str, body: bytes = b"", token: str | None = None) -> bytes:
    """A request as it goes over the wire."""
    known = "" if token is None else f"Authorization: Bearer {token}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{known}{kind}\r\n".encode() + body


def throng(url: str, request: bytes, *, clients: int, seconds: float) -> Tally:
    """So many ask the same again and again for so long, and everybody waits for their answer."""
    tally = Tally()
    parts = urlsplit(url)
    until = time.monotonic() + seconds

    async def client() -> None:
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            except OSError:
                tally.add(0, 0.0, b"")
                continue
            try:
                while time.monotonic() < until:
                    status = await asked(reader, writer)
                    if status != 200:
                        await asyncio.sleep(PAUSE)
            except (OSError, EOFError):
                tally.add(0, 0.0, b"")
            finally:
                writer.close()

    async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        began = time.monotonic()
        writer.write(request)
        async with asyncio.timeout(PATIENCE):
            status, head = await answered(reader)
        tally.add(status, time.monotonic() - began, head)
        return status

    async def everybody() -> None:
        await asyncio.gather(*[client() for _ in range(clients)])

    asyncio.run(everybody())
    return tally


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One whole answer; raises EOFError or OSError where it is cut short."""
    head = await reader.readuntil(b"\r\n\r\n")
    (length,) = [
        int(line.partition(b": ")[2]) for line in head.split(b"\r\n") if line.startswith(b"content-length: ")
    ]
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), head

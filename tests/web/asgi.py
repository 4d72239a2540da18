"""A client that speaks to the application as a server would, and may say what no decent client says."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from litestar import Litestar

MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        found = [value for each, value in self.headers if each == name]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def unlimited(self) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """All of it but how many requests are left, and which one this is: these change with every request."""
        kept = tuple(
            (name, value)
            for name, value in self.headers
            if not name.startswith(("ratelimit", "x-request-id"))
        )
        return self.status, kept, self.body

    @property
    def etag(self) -> str:
        tag = self.header("etag")
        assert tag is not None
        return tag

    @property
    def pointers(self) -> set[str]:
        return {error["pointer"] for error in self.json["errors"]}


@dataclass(frozen=True)
class Ask:
    """A request. *json* becomes the body, and says so; *raw* is sent as it is."""

    method: str
    target: str
    token: str | None = None
    json: Any = None
    raw: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    chunks: tuple[bytes, ...] = ()
    host: bytes = b"hosanna.example"
    below: str = ""
    """The path below which the application is served."""

    def scope(self) -> dict[str, Any]:
        target, _, query = self.target.partition("?")
        path = self.below + target
        headers = [
            (b"host", self.host),
            *((n.encode(), v.encode("latin-1")) for n, v in self.headers),
        ]
        if self.token is not None:
            headers.append((b"authorization", f"Bearer {self.token}".encode()))
        if self.json is not None and "content-type" not in dict(self.headers):
            headers.append((b"content-type", b"application/json"))
        if not self.chunks and self.sent():
            headers.append((b"content-length", str(len(self.sent())).encode()))
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "root_path": self.below, "method": self.method, "path": unquote(path), "raw_path": path.encode(),
            "query_string": query.encode("latin-1"),
            "headers": headers, "client": ("192.0.2.1", 1), "server": ("hosanna.example", 80), "state": {},
        }  # fmt: skip

    def sent(self) -> bytes:
        return (
            self.raw if self.raw is not None else b"" if self.json is None else json.dumps(self.json).encode()
        )


async def answered(app: Litestar, ask: Ask) -> Answer:
    parts = list(ask.chunks or (ask.sent(),))
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not parts and "/export" in ask.target:
            # Who waits for a file does not hang up.
            await asyncio.Event().wait()
        if not parts:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(ask.scope(), receive, send)  # type: ignore[arg-type]
    start, *rest = sent
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    return Answer(start["status"], headers, b"".join(message["body"] for message in rest))


def said_after(app: Litestar, scope: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:
    """All that the application says to a client from whom nothing comes but *message*."""
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return message

    async def send(each: dict[str, Any]) -> None:
        said.append(each)

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]
    return said


def ask_all(app: Litestar, asks: list[Ask]) -> list[Answer]:
    """All of them at once."""

    async def together() -> list[Answer]:
        return await asyncio.gather(*(answered(app, ask) for ask in asks))

    return asyncio.run(together())

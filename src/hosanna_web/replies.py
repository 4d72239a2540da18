"""What goes out: a status, headers and bytes, and what browsers of other origins may read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import Send

Header = tuple[bytes, bytes]
JSON: Final = b"application/json"
PRIVATE: Final = b"no-store"


class Reply(msgspec.Struct, frozen=True):
    """An answer, ready to be sent; what is *cache*d where is said by every one of them."""

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = ()
    media_type: bytes = JSON
    cache: bytes = PRIVATE

    async def send(self, send: Send, *, method: str, also: tuple[Header, ...] = ()) -> None:
        """Send it with the headers *also*; an answer to HEAD says only what the body would have been like."""
        headers = [
            (b"content-type", self.media_type),
            (b"content-length", str(len(self.body)).encode()),
            (b"cache-control", self.cache),
            (b"x-content-type-options", b"nosniff"),
            *self.headers,
            *also,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = b"" if method == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body, "more_body": False})


class Origins:
    """The web pages that may call from a browser (CORS). None are trusted with cookies: there are none."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(origin.lower().encode() for origin in allowed)

    def headers(self, origin: bytes | None) -> tuple[Header, ...]:
        """What every answer, also a refusal, says to a page of *origin*."""
        if not self._allowed:
            return ()
        if origin is None or origin.lower() not in self._allowed:
            return (_VARY,)
        return ((b"access-control-allow-origin", origin), _EXPOSED, _VARY)

    def preflight(self, method: str, origin: bytes | None, asked: bytes | None) -> Reply | None:
        """The answer to a browser that asks beforehand; None where this is no such question, or not from a friend."""
        if method != "OPTIONS" or asked is None or origin is None or origin.lower() not in self._allowed:
            return None
        return Reply(b"", 204, _PREFLIGHT)


_VARY: Final = (b"vary", b"Origin")
_EXPOSED: Final = (b"access-control-expose-headers", b"ETag, Location, Retry-After")
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key, If-Match"),
    (b"access-control-max-age", b"600"),
)

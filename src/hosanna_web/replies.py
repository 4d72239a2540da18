"""What goes out: a status, headers and bytes, and what browsers of other origins may read of it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import Receive, Send

Header = tuple[bytes, bytes]
JSON: Final = b"application/json"
PRIVATE: Final = b"no-store"
NOTHING_RUNS: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
)
HARDENED: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""On every answer, beside its content security policy."""
HSTS: Final[Header] = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
PATIENCE_WITH_THE_REST: Final = 2.0
"""Seconds in which what still comes of a refused body is read and thrown away."""


class Reply(msgspec.Struct, frozen=True):
    """An answer, ready to be sent; what is *cache*d where is said by every one of them.

    *policy* says what its page may load and run.
    """

    body: bytes
    status: int = 200
    headers: tuple[Header, ...] = ()
    media_type: bytes = JSON
    cache: bytes = PRIVATE
    policy: Header = NOTHING_RUNS

    def head(self) -> list[Header]:
        """Its own headers. What has no content has no type and no length (RFC 9110, 8.6)."""
        always = [(b"cache-control", self.cache), self.policy, *self.headers]
        if self.status == _NO_CONTENT:
            return always
        length = str(len(self.body)).encode()
        return [(b"content-type", self.media_type), (b"content-length", length), *always]

    async def send(
        self, send: Send, *, method: str, also: tuple[Header, ...] = (), rest: Receive | None = None
    ) -> None:
        """Send it with the headers *also*; an answer to HEAD says only what the body would have been like.

        Where the request was too large, the *rest* of it is thrown away first, for a moment: who hangs up on somebody
        who still talks takes the answer back.
        """
        headers = self.head()
        headers += also
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = b"" if method == "HEAD" else self.body
        if self.status == _TOO_LARGE and rest is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await _let_finish(rest)
            body = b""
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def _let_finish(rest: Receive) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_WITH_THE_REST):
            while (await rest()).get("more_body", False):
                pass


class Origins:
    """The web pages that may call from a browser (CORS). None are trusted with cookies: there are none."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed: dict[bytes | None, tuple[Header, ...]] = {
            origin: ((b"access-control-allow-origin", origin), _EXPOSED, _VARY)
            for origin in (each.lower().encode() for each in allowed)
        }
        self._others: tuple[Header, ...] = (_VARY,) if self._allowed else ()

    def lists(self, origin: bytes | None) -> bool:
        """Whether pages of that origin may call."""
        return origin in self._allowed

    def headers(self, origin: bytes | None) -> tuple[Header, ...]:
        """What every answer, also a refusal, says to a page of *origin*."""
        return self._allowed.get(origin, self._others)

    def preflight(self, method: str, origin: bytes | None, asked: bytes | None) -> Reply | None:
        """The answer to a browser that asks beforehand; None where this is no such question, or not from a friend."""
        if method != "OPTIONS" or asked is None or origin not in self._allowed:
            return None
        return Reply(b"", 204, _PREFLIGHT)


_NO_CONTENT: Final = 204
_TOO_LARGE: Final = 413
_VARY: Final = (b"vary", b"Origin")
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"Deprecation, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, X-Request-Id",
)
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Request-Id",
    ),
    (b"access-control-max-age", b"600"),
)

"""The yardstick of a list request: an ASGI app that verifies the same token and sends the same bytes, and no more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jwt

from bench.serving import SECRET

_BODY = Path(os.environ.get("BENCH_BODY", os.devnull)).read_bytes()
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Verify, then send."""
    if scope["type"] != "http":
        return
    header = dict(scope["headers"])[b"authorization"]
    jwt.decode(
        header[7:], SECRET.encode(), algorithms=["HS256"], options={"verify_aud": False, "verify_iss": False}
    )
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})

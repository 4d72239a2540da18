"""What the server answers, and how it is told who asks."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from hosanna_web.client.refusals import Offline, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


def bearer(token: str) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {token}"}


def answered(response: httpx.Response) -> Any:
    """What an answer holds; raises Refused for a refusal, Offline for what the server does not say."""
    if not response.is_success:
        raise refusal_of(response.status_code, response.headers, response.content)
    try:
        return None if response.status_code == HTTPStatus.NO_CONTENT else response.json()
    except ValueError:
        raise somebody_else() from None


def somebody_else() -> Offline:
    """For a yes that is not the server's, or a way to somewhere else: some networks say it until a person logs in."""
    return Offline("Somebody else answered: this network may want a person to log in first.", sent=True)


def refusal_of(status: int, headers: Mapping[str, str], content: bytes) -> Refused | Offline:
    """What an answer says that is none; whatever stands between here and the server may have given it."""
    if status < HTTPStatus.BAD_REQUEST:
        # The server sends nobody on: whoever does would have the token brought to a place of its own.
        return somebody_else()
    try:
        problem = httpx.Response(status, content=content).json()
    except ValueError:
        problem = {}
    wait = headers.get("retry-after", "")
    retry_after = float(wait) if wait.isascii() and wait.isdigit() else None
    return Refused(status, problem if isinstance(problem, dict) else {}, retry_after)

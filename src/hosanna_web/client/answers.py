"""What the server answers, and how it is told who asks."""

from __future__ import annotations

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
        return response.json() if response.content else None
    except ValueError:
        raise somebody_else() from None


def somebody_else() -> Offline:
    """For a yes that is not the server's: until a person has logged in there, some networks say it to everything."""
    return Offline("Somebody else answered: this network may want a person to log in first.", sent=True)


def refusal_of(status: int, headers: Mapping[str, str], content: bytes) -> Refused:
    """What an answer says that is none; whatever stands between here and the server may have given it."""
    try:
        problem = httpx.Response(status, content=content).json()
    except ValueError:
        problem = {}
    wait = headers.get("retry-after", "")
    retry_after = float(wait) if wait.isascii() and wait.isdigit() else None
    return Refused(status, problem if isinstance(problem, dict) else {}, retry_after)

"""What can go wrong between a device and its server.

ClientError
├── Offline      no answer came
├── Refused      the answer is no
└── LoggedOut    nobody is logged in any more
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

_ON_SERVERS: Final = 500
_FOR_A_WHILE: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class ClientError(Exception):
    """The root of the tree."""


class Offline(ClientError):
    """No answer came. *sent*: the request may have been done all the same."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class Refused(ClientError):
    """The server's answer is a refusal: its problem details (RFC 9457). Programs go by *code*, people by *detail*."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after: float | None = None) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", "")) or f"The server answered {status}."
        self.retry_after = retry_after
        """Seconds after which the same may be asked again, where the server says so."""
        super().__init__(self.detail)

    @property
    def passes(self) -> bool:
        """Whether the same may be taken later, with nothing else changed.

        So may what is refused in no words of the server's, all of which have a code: whatever stands between did it.
        """
        return not self.code or self.status >= _ON_SERVERS or self.status in _FOR_A_WHILE


class LoggedOut(ClientError):
    """The session is over, or there never was one: somebody has to log in."""

    def __init__(self) -> None:
        super().__init__("Nobody is logged in any more: log in again.")

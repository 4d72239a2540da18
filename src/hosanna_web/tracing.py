"""What tells somebody outside how long each part of a request took, where anybody wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager


class RequestSpan(Protocol):
    """A request on its way."""

    @property
    def trace_id(self) -> str:
        """What all spans of the caller's and ours have in common, as 32 hexadecimal digits."""

    @property
    def span_id(self) -> str:
        """This one, as 16 hexadecimal digits."""

    def done(
        self,
        method: str,
        *,
        request_id: str,
        route: str | None = None,
        status: int | None = None,
        actor_id: str | None = None,
        code: str | None = None,
    ) -> None:
        """It is answered, or with no *status* whoever asked has gone. In the task that began it."""


class Tracing(Protocol):
    """Never waits for whoever is told, and tells neither bodies nor names nor the words of errors."""

    def begin(self, method: str, headers: Mapping[bytes, bytes]) -> RequestSpan:
        """The span of a request, which is the current one from now on; below the caller's, where *headers* name it."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """A span of what is done meanwhile, below the current one."""

    def call(self, name: str) -> AbstractContextManager[None]:
        """A span of somebody else being asked meanwhile, below the current one."""

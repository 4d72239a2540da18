"""Telling webhooks over HTTP."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from hosanna_adapters.http.exchange import is_public, posted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from hosanna_adapters.http.exchange import Address

LIMIT: Final = 10.0
"""Seconds in which a receiver answers."""
_HEADERS: Final = {"content-type": "application/json", "user-agent": "Hosanna"}


class HttpSender:
    """`Sender` by HTTPS to public addresses; with *private* to any, and by HTTP, too: for tests and development."""

    def __init__(
        self,
        *,
        private: bool = False,
        tls: ssl.SSLContext | None = None,
        limit: float = LIMIT,
        traced: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._private = private
        self._tls = tls or ssl.create_default_context()
        self._limit = limit
        self._traced = traced

    @property
    def plain(self) -> bool:
        return self._private

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        with self._traced("tell_webhook"):
            return posted(
                url,
                body,
                {**_HEADERS, **headers},
                tls=self._tls,
                allowed=_anybody if self._private else is_public,
                limit=self._limit,
                plain=self._private,
            )


def _anybody(address: Address) -> bool:  # noqa: ARG001  # whoever it is
    return True

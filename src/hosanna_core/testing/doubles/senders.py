"""Webhooks that are told nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Posted(NamedTuple):
    """A request that nobody got."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class PlainSender:
    """A `Sender` that keeps what it is handed, and answers *status*, or the status that *of* has for the address."""

    def __init__(self, status: int | None = 200) -> None:
        self.status = status
        self.of: dict[str, int | None] = {}
        self.posted: list[Posted] = []

    @property
    def plain(self) -> bool:
        """It does not matter here."""
        return False

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """Keep it."""
        self.posted.append(Posted(url, body, headers))
        return self.of.get(url, self.status)

"""Sending to addresses that other people chose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sender(Protocol):
    """Posts to webhooks. It asks no machine of a private network, follows nothing elsewhere, and never fails."""

    @property
    def plain(self) -> bool:
        """Whether it sends without TLS, too, where an address says so: for tests and development."""

    def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """Post JSON; the status of the answer, None where none came within ten seconds, or nothing was asked at all."""

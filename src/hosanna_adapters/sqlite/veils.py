"""What lies between a value and its column: nothing, or encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hosanna_core.model.query import JobFilter


class Veil(Protocol):
    """How a store keeps personal and free-text values. Table, key and column say where a value lies."""

    def hide(self, value: bytes, table: str, key: str, column: str) -> bytes:
        """What is stored of a value."""

    def show(self, stored: bytes, table: str, key: str, column: str) -> bytes:
        """The value; raises Undecipherable where that is not to be had."""

    def token(self, kind: str, value: str) -> str:
        """What stands for a value that is looked for."""

    def spelled(self, words: Iterable[str]) -> frozenset[str]:
        """What stands in the index of words for a job that has these."""

    def asked(self, wanted: JobFilter) -> JobFilter:
        """A question in terms of what stands in the index of words."""


class InClear:
    """No veil: values are stored as they are."""

    def hide(self, value: bytes, table: str, key: str, column: str) -> bytes:  # noqa: ARG002  # nobody need know where
        return value

    def show(self, stored: bytes, table: str, key: str, column: str) -> bytes:  # noqa: ARG002  # nobody need know where
        return stored

    def token(self, kind: str, value: str) -> str:  # noqa: ARG002  # a value stands for itself, of whatever kind
        return value

    def spelled(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(words)

    def asked(self, wanted: JobFilter) -> JobFilter:
        return wanted

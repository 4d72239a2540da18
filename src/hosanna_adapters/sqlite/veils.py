"""What lies between a value and its column: nothing, or encryption."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from hosanna_core.errors import Undecipherable
from hosanna_core.model.query import Row
from hosanna_core.rules.words import SHORTEST_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hosanna_core.model.query import JobFilter
    from hosanna_core.ports import Encryption

_TOKEN_OF_A_WORD: Final = 12
"""Characters of a token that stand for a word: a job has a hundred of them, and two of a million hardly ever meet."""
_KNOWN_WORDS: Final = 8_192


class Veil(Protocol):
    """How a store keeps personal and free-text values. Table, key and column say where a value lies."""

    def hide(self, value: bytes, table: str, key: str, column: str) -> bytes:
        """What is stored of a value."""

    def show(self, stored: bytes, table: str, key: str, column: str) -> bytes:
        """The value; raises Undecipherable where that is not to be had."""

    def listed(self, rows: Sequence[Any]) -> list[Row]:
        """The rows of a list, of whose columns the last two are a job's id and what is stored of its body."""

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

    def listed(self, rows: Sequence[Any]) -> list[Row]:
        return [Row(row[-2], row[-1]) for row in rows]

    def token(self, kind: str, value: str) -> str:  # noqa: ARG002  # a value stands for itself, of whatever kind
        return value

    def spelled(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(words)

    def asked(self, wanted: JobFilter) -> JobFilter:
        return wanted


class Encrypted:
    """Values under *encryption*, words as tokens of themselves and of all their beginnings."""

    def __init__(self, encryption: Encryption) -> None:
        self._encryption = encryption
        # A trade has few words: hashing the beginnings of each one again at every commit would be most of its work.
        self._spelling = lru_cache(_KNOWN_WORDS)(self._spell)

    def hide(self, value: bytes, table: str, key: str, column: str) -> bytes:
        return self._encryption.encrypt(value, place(table, key, column))

    def show(self, stored: bytes, table: str, key: str, column: str) -> bytes:
        return self._encryption.decrypt(stored, place(table, key, column))

    def listed(self, rows: Sequence[Any]) -> list[Row]:
        return [Row(job_id, self.show(body, "documents", job_id, "body")) for *_, job_id, body in rows]

    def token(self, kind: str, value: str) -> str:
        return self._encryption.token(kind, value)

    def spelled(self, words: Iterable[str]) -> frozenset[str]:
        return frozenset(token for word in words for token in self._spelling(word))

    def asked(self, wanted: JobFilter) -> JobFilter:
        # A beginning is one more word that a job must have: its token stands where those of whole words do.
        tokens = [self._cut("word", word) for word in wanted.words]
        if wanted.prefix is not None:
            tokens.append(self._cut("prefix", wanted.prefix))
        return msgspec.structs.replace(wanted, words=tuple(tokens), prefix=None)

    def _spell(self, word: str) -> tuple[str, ...]:
        beginnings = range(SHORTEST_PREFIX, len(word) + 1)
        return (self._cut("word", word), *(self._cut("prefix", word[:end]) for end in beginnings))

    def _cut(self, kind: str, word: str) -> str:
        return self._encryption.token(kind, word)[:_TOKEN_OF_A_WORD]


class HalfEncrypted(Encrypted):
    """The veil of a store that is on the way: what is not encrypted yet is shown as it is."""

    def show(self, stored: bytes, table: str, key: str, column: str) -> bytes:
        try:
            return super().show(stored, table, key, column)
        except Undecipherable:
            # Whatever was encrypted is no MessagePack and no JSON: who takes it for a value is refused by the decoder.
            return stored


def place(table: str, key: str, column: str) -> bytes:
    """Where a value lies: moved elsewhere, it does not decrypt."""
    return f"{table}|{key}|{column}".encode()

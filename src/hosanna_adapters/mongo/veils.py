"""What lies between a value and its field: nothing, or encryption.

An encrypted document holds what is personal or free text in one field, `veiled`, and beside it in the open what lists
are sorted and narrowed by. Words, and a user's address, are found by keyed hashes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from hosanna_adapters.mongo.schema import AUDIT, CALENDARS, JOBS, SESSIONS, USERS
from hosanna_core.rules.words import SHORTEST_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hosanna_adapters.mongo.schema import Document
    from hosanna_core.model.query import JobFilter
    from hosanna_core.ports import Encryption

VEILED: Final = "veiled"
"""The field of what is encrypted."""
HISTORY: Final = "history"
"""Where an entry of a job's history lies, whether in the root or in a segment."""
PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    JOBS: ("title", "description", "customer", "site", "work_summary", "invoice_number"),
    USERS: ("email", "full_name", "phone", "preferences"),
    CALENDARS: ("availability",),
    SESSIONS: ("device",),
    AUDIT: ("open",),
    HISTORY: ("open",),
}
"""What is encrypted, by collection."""
NOTHING_OPEN: Final = "{}"
"""What an entry that tells nothing of anybody has as `open`: there is nothing to encrypt."""
LONGEST_PREFIX: Final = 12
"""Characters by which a prefix is looked up; what is left of a longer one is judged on the job itself."""
_KNOWN_WORDS: Final = 8_192


class Veil(Protocol):
    """How a store keeps personal and free-text values."""

    def hide(self, collection: str, key: str, fields: Document) -> Document:
        """What is stored of the fields of the document *key*."""

    def show(self, collection: str, key: str, stored: Document) -> Document:
        """The fields again; raises Undecipherable where that is not to be had."""

    def hide_body(self, job_id: str, body: bytes) -> bytes:
        """What is stored of a job's document."""

    def show_body(self, job_id: str, stored: bytes) -> bytes:
        """The document again; raises Undecipherable."""

    def token(self, kind: str, value: str) -> str:
        """What stands for a value that is looked for."""

    def spelled(self, words: Iterable[str]) -> list[str]:
        """What stands in the index of words for a job that has these."""

    def asked(self, wanted: JobFilter) -> JobFilter:
        """A question in terms of what stands in the index of words."""

    def cut(self, prefix: str) -> bool:
        """Whether a prefix is longer than what it is looked up by."""


class InClear:
    """No veil: values are stored as they are."""

    def hide(self, collection: str, key: str, fields: Document) -> Document:  # noqa: ARG002  # nobody need know where
        return fields

    def show(self, collection: str, key: str, stored: Document) -> Document:  # noqa: ARG002  # nobody need know where
        return stored

    def hide_body(self, job_id: str, body: bytes) -> bytes:  # noqa: ARG002  # nobody need know where
        return body

    def show_body(self, job_id: str, stored: bytes) -> bytes:  # noqa: ARG002  # nobody need know where
        return stored

    def token(self, kind: str, value: str) -> str:  # noqa: ARG002  # a value stands for itself, of whatever kind
        return value

    def spelled(self, words: Iterable[str]) -> list[str]:
        return sorted(words)

    def asked(self, wanted: JobFilter) -> JobFilter:
        return wanted

    def cut(self, prefix: str) -> bool:  # noqa: ARG002  # any is looked up whole
        return False


class Encrypted:
    """Values under *encryption*; a document that is not encrypted yet is shown as it is."""

    def __init__(self, encryption: Encryption) -> None:
        self._encryption = encryption
        # A trade has few words: hashing the beginnings of each one again at every commit would be most of its work.
        self._spelling = lru_cache(_KNOWN_WORDS)(self._spell)

    def hide(self, collection: str, key: str, fields: Document) -> Document:
        personal = PERSONAL[collection]
        if fields.get("open") == NOTHING_OPEN:
            return fields
        plain = msgspec.json.encode({name: fields[name] for name in personal})
        kept = {name: value for name, value in fields.items() if name not in personal}
        return {**kept, VEILED: self._encryption.encrypt(plain, place(collection, key, VEILED))}

    def show(self, collection: str, key: str, stored: Document) -> Document:
        if VEILED not in stored:
            return stored
        plain = self._encryption.decrypt(stored[VEILED], place(collection, key, VEILED))
        return {**stored, **msgspec.json.decode(plain)}

    def hide_body(self, job_id: str, body: bytes) -> bytes:
        return self._encryption.encrypt(body, place(JOBS, job_id, "body"))

    def show_body(self, job_id: str, stored: bytes) -> bytes:
        return self._encryption.decrypt(stored, place(JOBS, job_id, "body"))

    def token(self, kind: str, value: str) -> str:
        return self._encryption.token(kind, value)

    def spelled(self, words: Iterable[str]) -> list[str]:
        return sorted({token for word in words for token in self._spelling(word)})

    def asked(self, wanted: JobFilter) -> JobFilter:
        # The longest word first: it is likely to be the rarest, which its token does not tell.
        words = [self.token("word", word) for word in sorted(wanted.words, key=len, reverse=True)]
        if wanted.prefix is not None:
            words.append(self.token("prefix", wanted.prefix[:LONGEST_PREFIX]))
        return msgspec.structs.replace(wanted, words=tuple(words), prefix=None)

    def cut(self, prefix: str) -> bool:
        return len(prefix) > LONGEST_PREFIX

    def _spell(self, word: str) -> tuple[str, ...]:
        beginnings = range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1)
        return (self.token("word", word), *(self.token("prefix", word[:end]) for end in beginnings))


def place(collection: str, key: str, field: str) -> bytes:
    """Where a value lies: moved elsewhere, it does not decrypt."""
    return f"{collection}|{key}|{field}".encode()

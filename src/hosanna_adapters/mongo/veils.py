"""What lies between a value and its field: nothing, or encryption.

An encrypted document holds nearly all of itself in one field, `veiled`, and beside it in the open only what the server
itself has to sort, narrow or compare by. Words, and a user's address, are found by keyed hashes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from hosanna_adapters.mongo.dayplans import KeptPlan
from hosanna_adapters.mongo.integrations import KeptWebhook, KeptWhole
from hosanna_adapters.mongo.schema import (
    ANNOUNCEMENTS,
    API_KEYS,
    AUDIT,
    CALENDARS,
    DAY_PLANS,
    FIRMS,
    JOBS,
    SESSIONS,
    SUBSCRIPTIONS,
    USERS,
    WEBHOOKS,
)
from hosanna_core.errors import Undecipherable
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.audit import AuditEntry
from hosanna_core.model.entry import Entry
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.model.push import PushSubscription
from hosanna_core.model.schedule import Calendar
from hosanna_core.model.session import Session
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
NOTHING_OPEN: Final = "{}"
"""What an entry that tells nothing of anybody has as `open`."""


def _named(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(kind))


IN_THE_OPEN: Final[Mapping[str, frozenset[str]]] = {
    JOBS: frozenset({"id", "version", "standing", "technician_id", "created_at", "customer_keys"}),
    USERS: frozenset({"id", "version", "role", "active", "session_epoch", "revoked"}),
    CALENDARS: frozenset({"technician_id", "version"}),
    # What ending it writes without reading it is among these: hashes of random tokens.
    SESSIONS: frozenset({"id", "version", "user_id", "address_key", "token_hash", "spent", "ended_at"}),
    ANNOUNCEMENTS: frozenset({"id", "version", "role", "expires_at"}),
    SUBSCRIPTIONS: frozenset({"id", "user_id"}),
    DAY_PLANS: frozenset({"id", "version", "summary"}),
    API_KEYS: frozenset({"id", "version"}),
    WEBHOOKS: frozenset({"id", "version", "gone"}),
    FIRMS: frozenset({"id", "version"}),
    # What is sealed is chained, and tells values only by digests: what they are salted with is encrypted.
    AUDIT: _named(AuditEntry) - {"open", "salt"},
    HISTORY: _named(Entry) - {"open"},
}
"""What lies beside the veil, by collection."""
_KINDS: Final[Mapping[str, type[msgspec.Struct]]] = {
    JOBS: Job,
    USERS: User,
    CALENDARS: Calendar,
    SESSIONS: Session,
    ANNOUNCEMENTS: Announcement,
    SUBSCRIPTIONS: PushSubscription,
    DAY_PLANS: KeptPlan,
    API_KEYS: KeptWhole,
    WEBHOOKS: KeptWebhook,
    FIRMS: KeptWhole,
    AUDIT: AuditEntry,
    HISTORY: Entry,
}
UNDER_THE_VEIL: Final = {name: _named(kind) - IN_THE_OPEN[name] for name, kind in _KINDS.items()}
"""All the rest: what a value gains one day is encrypted unless somebody says otherwise."""
STANDS_IN: Final = frozenset({"email", "second_factor"})
"""Fields of a user in whose place, in the open, stands a token, and whether there is a second factor."""
_ENTRIES: Final = frozenset({AUDIT, HISTORY})
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
    """Values under *encryption*; what lies in clear where it should not is not believed."""

    def __init__(self, encryption: Encryption) -> None:
        self._encryption = encryption
        # A trade has few words: hashing the beginnings of each one again at every commit would be most of its work.
        self._spelling = lru_cache(_KNOWN_WORDS)(self._spell)

    def hide(self, collection: str, key: str, fields: Document) -> Document:
        if tells_nothing(collection, fields):
            return fields
        hidden = UNDER_THE_VEIL[collection]
        plain = msgspec.json.encode({name: value for name, value in fields.items() if name in hidden})
        kept = {name: value for name, value in fields.items() if name not in hidden}
        return {**kept, VEILED: self._encryption.encrypt(plain, place(collection, key, VEILED))}

    def show(self, collection: str, key: str, stored: Document) -> Document:
        if tells_nothing(collection, stored):
            return stored
        if VEILED not in stored:
            raise Undecipherable("What is stored here is not encrypted.")
        kept = {name: stored[name] for name in IN_THE_OPEN[collection] if name in stored}
        return {**kept, **self._unveiled(collection, key, stored)}

    def _unveiled(self, collection: str, key: str, stored: Document) -> Document:
        plain = self._encryption.decrypt(stored[VEILED], place(collection, key, VEILED))
        fields: Document = msgspec.json.decode(plain)
        return fields

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


class HalfEncrypted(Encrypted):
    """The veil of a store that is on the way: what is not encrypted yet, or in an older form, is shown as it is."""

    def show(self, collection: str, key: str, stored: Document) -> Document:
        return {**stored, **self._unveiled(collection, key, stored)} if VEILED in stored else stored


def tells_nothing(collection: str, fields: Document) -> bool:
    """Whether it is an entry, of a history or of the audit trail, in which there is nothing to encrypt."""
    return (
        collection in _ENTRIES
        and fields.get("open") == NOTHING_OPEN
        and not fields.get("salt")
        and VEILED not in fields
    )


def strays(collection: str, stored: Document) -> frozenset[str]:
    """What lies in clear of an encrypted document and should lie under its veil."""
    found = UNDER_THE_VEIL[collection] & stored.keys()
    if collection != USERS:
        return found
    factor = stored.get("second_factor") or {}
    return found - STANDS_IN if factor.keys() <= {"confirmed"} else found - {"email"}


def place(collection: str, key: str, field: str) -> bytes:
    """Where a value lies: moved elsewhere, it does not decrypt."""
    return f"{collection}|{key}|{field}".encode()

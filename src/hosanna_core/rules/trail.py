"""The audit trail: entries sealed into streams, each a chain of hashes, and checkpoints that say how far all had come.

A value that may have to be erased stands in what is sealed only as HMAC-SHA-256(salt, name and value), with a random
salt an entry: removing value and salt leaves the chain whole.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import BrokenChain
from hosanna_core.model.audit import AuditDocument, AuditEntry, Head, Outcome
from hosanna_core.model.event import Ref
from hosanna_core.model.instants import to_text
from hosanna_core.rules.history import canonical, chained

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.ids import Id, Millis, UserId

KEPT_OF_A_HASH: Final = 16
"""Bytes of a hash that are kept while much is verified: enough that nobody finds another entry with the same."""
_BYTES_OF_A_NUMBER: Final = 8
CHECKPOINTS: Final = "checkpoints"
"""The stream of the checkpoints."""


def stream_of_user(user_id: UserId) -> str:
    """The stream of what is done to, or by, one user's account."""
    return f"user|{user_id}"


def stream_of_process(process_id: Id) -> str:
    """The stream of what belongs to nobody's account, of one run of one process."""
    return f"process|{process_id}"


def sealed_after(head: Head | None, facts: AuditFacts) -> AuditEntry:
    """The entry of *facts* after *head* (None: the first of its stream). Pure: stores call it as they commit."""
    n = 1 if head is None else head.n + 1
    digests = {name: {"hmac": _digest(facts.salt, name, value)} for name, value in facts.personal.items()}
    sealed = canonical(
        {
            "stream": facts.stream,
            "n": n,
            "id": facts.id,
            "at": facts.at,
            "actor_id": facts.actor_id,
            "action": facts.action,
            "subject": facts.subject,
            "outcome": facts.outcome,
            "details": {**facts.details, **digests},
        }
    )
    return AuditEntry(
        id=facts.id,
        stream=facts.stream,
        n=n,
        at=facts.at,
        actor_id=facts.actor_id,
        action=facts.action,
        subject=facts.subject,
        outcome=facts.outcome,
        sealed=sealed,
        open=facts.personal,
        salt=facts.salt if facts.personal else b"",
        hash=chained(b"" if head is None else head.hash, sealed),
    )


def head_at(entry: AuditEntry) -> Head:
    """The head of a stream whose last entry this is."""
    return Head(stream=entry.stream, n=entry.n, hash=entry.hash, at=entry.at)


def _digest(salt: bytes, name: str, value: str) -> str:
    return hmac.digest(salt, canonical([name, value]), "sha256").hex()


def forgotten(entry: AuditEntry) -> AuditEntry:
    """The entry without what could tell of a person."""
    return msgspec.structs.replace(entry, open={}, salt=b"")


def names(entry: AuditEntry, user_id: UserId) -> bool:
    """Whether an entry is about that user: as the one who acted, or as the one to whom it was done."""
    return entry.actor_id == user_id or (entry.subject is not None and entry.subject.id == user_id)


def document_of(entry: AuditEntry) -> AuditDocument:
    """An entry as an Administrator reads it."""
    details: dict[str, Any] = msgspec.json.decode(entry.sealed)["details"]
    shown = {name: value for name, value in details.items() if not _is_digest(value)}
    return AuditDocument(
        id=entry.id,
        at=to_text(entry.at),
        actor_id=entry.actor_id,
        action=entry.action,
        subject=entry.subject,
        outcome=entry.outcome,
        details={**shown, **entry.open},
        hash=entry.hash.hex(),
    )


def _is_digest(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"hmac"}


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sealed bytes say, read back."""

    stream: str
    n: int
    id: str
    at: int
    actor_id: str | None
    action: str
    subject: Ref | None
    outcome: Outcome
    details: dict[str, Any]


_DECODER: Final = msgspec.json.Decoder(Sealed)
_REPEATED: Final = ("stream", "n", "id", "at", "actor_id", "action", "subject", "outcome")
"""What stands beside the seal and repeats it."""


class Marks:
    """How far one stream had come, as many checkpoints say, in 24 bytes each: a year of them is millions."""

    def __init__(self) -> None:
        self._packed = bytearray()

    def add(self, head: Head) -> None:
        """One more; of the hash its beginning is kept: nobody finds another entry that fits 16 bytes."""
        digest = head.hash[:KEPT_OF_A_HASH].ljust(KEPT_OF_A_HASH, b"\0")
        self._packed += head.n.to_bytes(_BYTES_OF_A_NUMBER, "big") + digest

    def by_number(self) -> dict[int, bytes]:
        """The beginning of the hash of each entry that was named; where they differ, what was said first."""
        found: dict[int, bytes] = {}
        for at in range(0, len(self._packed), _BYTES_OF_A_NUMBER + KEPT_OF_A_HASH):
            digest = at + _BYTES_OF_A_NUMBER
            n = int.from_bytes(self._packed[at:digest], "big")
            found.setdefault(n, bytes(self._packed[digest : digest + KEPT_OF_A_HASH]))
        return found


class StreamCheck:
    """Verifies one stream as it is read, from its first entry on.

    Raises BrokenChain, which names the first number where something was altered, removed, moved or cut off. Only
    entries that name one of the *erased* users may lack the values that their digests are of.
    """

    def __init__(self, stream: str, erased: Container[UserId] = frozenset()) -> None:
        self._stream = stream
        self._erased = erased
        self._hash = b""
        self.n = 0
        """How far it has come."""

    def follow(self, entry: AuditEntry) -> None:
        """The next entry that is stored."""
        n = self.n + 1
        if entry.n != n:
            raise self._broken(n, f"is missing: entry {entry.n} stands in its place")
        if entry.hash != chained(self._hash, entry.sealed):
            raise self._broken(n, "does not fit the hash before it")
        try:
            said = _DECODER.decode(entry.sealed)
        except msgspec.DecodeError:
            # Whoever rewrites a chain can seal anything.
            raise self._broken(n, "cannot be read") from None
        if said.stream != self._stream or any(
            getattr(entry, name) != getattr(said, name) for name in _REPEATED
        ):
            raise self._broken(n, "is not what was sealed")
        self._check_open(entry, said.details)
        self.n, self._hash = n, entry.hash

    def reach(self, n: int, digest: bytes, whence: str) -> None:
        """That the stream has come exactly, or at least, as far as *whence* says.

        Of the hash of that entry *digest* is the beginning, `KEPT_OF_A_HASH` bytes at least.
        """
        if self.n < n:
            raise self._broken(self.n + 1, f"was cut off: {whence} knows {n} entries")
        if self.n == n and self._hash[: max(len(digest), KEPT_OF_A_HASH)] != digest:
            raise self._broken(self.n, f"is not the one that {whence} knows")

    def _check_open(self, entry: AuditEntry, details: dict[str, Any]) -> None:
        sealed = {name: value["hmac"] for name, value in details.items() if _is_digest(value)}
        if not entry.salt and not entry.open and self._may_be_erased(entry):
            return
        if {name: _digest(entry.salt, name, value) for name, value in entry.open.items()} != sealed:
            raise self._broken(entry.n, "has a value that was altered, added or removed")

    def _may_be_erased(self, entry: AuditEntry) -> bool:
        subject_id = None if entry.subject is None else entry.subject.id
        return entry.actor_id in self._erased or subject_id in self._erased

    def _broken(self, n: int, what: str) -> BrokenChain:
        return BrokenChain(n, f"entry {n} of stream '{self._stream}' {what}")


def signed_by_checkpoint(heads: Iterable[Sequence[Any]], at: Millis) -> bytes:
    """The bytes that a checkpoint's signature is over."""
    return canonical({"at": at, "heads": list(heads)})

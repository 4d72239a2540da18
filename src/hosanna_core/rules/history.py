"""A job's history: sealed entries in a chain, and the job as it once was, folded from them.

Personal and free-text values stand in a sealed entry only as salted digests, so that erasing a value together with the
job's `subject_key` leaves the whole chain valid.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hosanna_core.errors import BrokenChain
from hosanna_core.model.customer import Customer
from hosanna_core.model.documents import EntryDocument
from hosanna_core.model.entry import EDIT, ERASE, Entry, Facts
from hosanna_core.model.instants import to_text
from hosanna_core.model.job import Job
from hosanna_core.model.status import Status
from hosanna_core.rules.lifecycle import standing_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hosanna_core.model.ids import JobId, Millis, Version

OPEN_FIELDS: Final = frozenset(
    {"title", "description", "customer", "site", "work_summary", "invoice_number", "reason"}
)
"""Personal or free text: sealed as digests, kept beside the seal, and erasable."""
ERASED: Final = "(erased)"
"""What stands where a value was that cannot be left out."""
_WINDOWS: Final = frozenset({"window", "arrival_window"})
_CANONICAL = msgspec.json.Encoder(order="sorted")


class Sealed(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """What the sealed bytes say, read back."""

    job: str
    version: int
    at: int
    actor_id: str | None
    action: str
    source: Status | None
    target: Status
    changes: dict[str, Any]
    reason: dict[str, str] | None


_DECODER = msgspec.json.Decoder(Sealed)


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return _CANONICAL.encode(value)


def seal(previous: bytes, facts: Facts, job_id: JobId, subject_key: bytes) -> Entry:
    """The entry of *facts*, chained to the hash *previous* (empty for the first)."""
    opened: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, value in facts.changes.items():
        if name in OPEN_FIELDS and value is not None:
            opened[name] = value
            changes[name] = {"hmac": _digest(subject_key, job_id, facts.version, name, value)}
        else:
            changes[name] = value
    reason = None
    if facts.reason is not None:
        opened["reason"] = facts.reason
        reason = {"hmac": _digest(subject_key, job_id, facts.version, "reason", facts.reason)}
    sealed = _CANONICAL.encode(
        {
            "job": job_id,
            "version": facts.version,
            "at": facts.at,
            "actor_id": facts.actor_id,
            "action": facts.action,
            "from": facts.source,
            "to": facts.target,
            "changes": changes,
            "reason": reason,
        }
    )
    return Entry(version=facts.version, sealed=sealed, open=opened, hash=chained(previous, sealed))


def chained(previous: bytes, sealed: bytes) -> bytes:
    """The hash of an entry: SHA-256 over the hash before it and its sealed bytes."""
    return hashlib.sha256(previous + sealed).digest()


def _digest(subject_key: bytes, job_id: JobId, version: Version, name: str, value: object) -> str:
    salt = hmac.digest(subject_key, f"{job_id}|{version}|{name}".encode(), "sha256")
    return hmac.digest(salt, _CANONICAL.encode(value), "sha256").hex()


def read(entry: Entry) -> Sealed:
    """What an entry says, its open values left as digests."""
    return _DECODER.decode(entry.sealed)


def verify(job: Job, entries: Sequence[Entry]) -> None:
    """Raise BrokenChain at the first entry that was altered, removed, reordered or cut off.

    Every digest must have its open value beside it; but of entries before the newest that erased the person no open
    value may be left. Whether the job itself is what its history says, `verify_job` tells.
    """
    previous = b""
    erased_at = _erased_at(entries)
    for version, entry in enumerate(entries, start=1):
        if entry.version != version:
            raise BrokenChain(version, f"entry {version} is missing: {entry.version} stands in its place")
        if entry.hash != chained(previous, entry.sealed):
            raise BrokenChain(version, f"entry {version} does not fit the hash before it")
        sealed = _legible(entry)
        if sealed is None:
            raise BrokenChain(version, f"entry {version} cannot be read")
        if (sealed.job, sealed.version) != (job.id, version):
            raise BrokenChain(
                version, f"entry {version} was sealed as entry {sealed.version} of {sealed.job}"
            )
        _verify_open(job, entry, sealed, erased=version < erased_at)
        previous = entry.hash
    if len(entries) != job.version or previous != job.chain:
        raise BrokenChain(
            len(entries) + 1, f"the job is at version {job.version}, its history ends at {len(entries)}"
        )


def _erased_at(entries: Sequence[Entry]) -> Version:
    """The version of the newest entry that erased the person, 0 where none did."""
    return max((entry.version for entry in entries if _mark(entry)), default=0)


def _mark(entry: Entry) -> bool:
    # Seldom true: what cannot be it is not read.
    if b'"action":"erase"' not in entry.sealed:
        return False
    sealed = _legible(entry)
    return sealed is not None and sealed.action == ERASE


def _legible(entry: Entry) -> Sealed | None:
    """What an entry says; None for bytes that no commit wrote: whoever rewrites a chain can seal anything."""
    try:
        return read(entry)
    except msgspec.DecodeError:
        return None


def _verify_open(job: Job, entry: Entry, sealed: Sealed, *, erased: bool) -> None:
    digests = {**sealed.changes, "reason": sealed.reason}
    sealed_ones = {name for name in OPEN_FIELDS if digests.get(name) is not None}
    expected = set() if erased else sealed_ones
    if odd := sorted(expected ^ entry.open.keys()):
        raise BrokenChain(
            entry.version, f"the open value '{odd[0]}' of entry {entry.version} was removed or added"
        )
    for name, value in entry.open.items():
        if digests[name] != {"hmac": _digest(job.subject_key, job.id, entry.version, name, value)}:
            raise BrokenChain(entry.version, f"the open value '{name}' of entry {entry.version} was altered")


def verify_job(job: Job, entries: Sequence[Entry]) -> None:
    """Raise BrokenChain where a field of the job is not what its verified history says."""
    try:
        told = fold(job, entries)
    except msgspec.ValidationError:
        raise BrokenChain(job.version, "the job's history tells of no possible job") from None
    for name in Job.__struct_fields__:
        if getattr(told, name) != getattr(job, name):
            raise BrokenChain(job.version, f"the job's '{name}' is not what its history says")


class Past(msgspec.Struct):
    """A job's fields on the way through its history."""

    fields: dict[str, Any]
    stages: dict[str, Millis]


def fold(job: Job, entries: Iterable[Entry]) -> Job | None:
    """The job as it was after *entries*, the first of its history; None if they are none.

    What no entry holds (its keys, the chain) is taken from *job*, its present state. Erased values read as "(erased)"
    or None. Folding the whole history gives *job* again.
    """
    past = Past({}, {})
    for entry in entries:
        _step(past, entry)
    if not past.fields:
        return None
    known = {name: getattr(job, name) for name in ("id", "subject_key", "customer_keys")}
    plain = {name: value for name, value in past.fields.items() if name in Job.__struct_fields__}
    return msgspec.convert({**plain, "stages": past.stages, **known}, Job)


def _step(past: Past, entry: Entry) -> dict[str, Any]:
    """Move *past* on by one entry; answers the entry's changes with their open values put back."""
    facts = read(entry)
    changes = {name: _opened(name, value, entry) for name, value in facts.changes.items()}
    first = not past.fields
    before = past.fields.get("standing")
    past.fields.update(changes)
    if facts.source != facts.target:
        past.stages[facts.target] = facts.at
        past.fields["standing"] = standing_after(before, facts.target)
    past.fields.update(status=facts.target, version=facts.version, updated_at=facts.at, chain=entry.hash)
    if first:
        past.fields["created_at"] = facts.at
    return changes


_ERASED: Final[dict[str, Any]] = {
    "title": ERASED,
    "customer": {"name": ERASED},
    "site": {"street": ERASED},
}


def _opened(name: str, value: Any, entry: Entry) -> Any:
    if name not in OPEN_FIELDS or value is None:
        return value
    return entry.open.get(name, _ERASED.get(name))


def as_of(job: Job, entries: Sequence[Entry], at: Millis) -> Job | None:
    """The job as it was at an instant; None before it was created."""
    return fold(job, [entry for entry in entries if read(entry).at <= at])


def at_version(job: Job, entries: Sequence[Entry], version: Version) -> Job | None:
    """The job as it was when it had *version*."""
    return job if version == job.version else fold(job, entries[:version])


def customers(entries: Iterable[Entry]) -> Iterator[tuple[Version, Customer]]:
    """The customer at each version; one who was erased is "(erased)"."""
    customer = Customer(ERASED)
    for entry in entries:
        changes = read(entry).changes
        if "customer" in changes:
            customer = msgspec.convert(_opened("customer", changes["customer"], entry), Customer)
        yield entry.version, customer


def documents(entries: Iterable[Entry]) -> list[EntryDocument]:
    """A history as people read it: every change with what was and what became, times in RFC 3339."""
    past = Past({}, {})
    made: list[EntryDocument] = []
    for entry in entries:
        before = dict(past.fields)
        changes = _step(past, entry)
        facts = read(entry)
        made.append(
            EntryDocument(
                version=facts.version,
                at=to_text(facts.at),
                actor_id=facts.actor_id,
                action=facts.action,
                source=facts.source,
                target=facts.target,
                changes={
                    name: {"from": _shown(name, before.get(name)), "to": _shown(name, value)}
                    for name, value in changes.items()
                },
                reason=entry.open.get("reason"),
                hash=entry.hash.hex(),
            )
        )
    return made


def _shown(name: str, value: Any) -> Any:
    if name in _WINDOWS and value is not None:
        return {"start": to_text(value["start"]), "end": to_text(value["end"])}
    return value


__all__ = [
    "EDIT",
    "as_of",
    "at_version",
    "canonical",
    "chained",
    "customers",
    "documents",
    "fold",
    "read",
    "seal",
    "verify",
]

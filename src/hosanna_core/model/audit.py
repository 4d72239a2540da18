"""The audit trail: what was done about access and the system itself, by whom, and whether it was allowed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from hosanna_core.model.event import Ref
from hosanna_core.model.ids import Id, Millis, UserId


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    """It was tried and went wrong, such as a wrong password."""
    DENIED = "denied"
    """A rule refused it."""


class AuditFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is about, before a store gives it its place in a stream and seals it.

    *details* is plain JSON and never personal; *personal* values are sealed as digests salted with *salt* (16 random
    bytes), so that they can be erased. Neither ever holds a password, a token or a secret.
    """

    id: Id
    stream: str
    at: Millis
    actor_id: UserId | None
    action: str
    subject: Ref | None = None
    outcome: Outcome = Outcome.SUCCESS
    details: dict[str, Any] = {}
    personal: dict[str, str] = {}
    salt: bytes = b""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed entry: the *n*-th of its stream, from 1 without a gap.

    *sealed* is canonical JSON that never changes again; *hash* is SHA-256 over the hash before it in the stream and
    *sealed*. *open* and *salt* are what erasing removes. The other fields repeat what is sealed, to be asked for.
    """

    id: Id
    stream: str
    n: int
    at: Millis
    actor_id: UserId | None
    action: str
    subject: Ref | None
    outcome: Outcome
    sealed: bytes
    open: dict[str, str]
    salt: bytes
    hash: bytes


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream has come: the number, hash and instant of its last entry."""

    stream: str
    n: int
    hash: bytes
    at: Millis


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; None: any. Instants are [since, until)."""

    action: str | None = None
    actor_id: UserId | None = None
    subject_id: Id | None = None
    outcome: Outcome | None = None
    since: Millis | None = None
    until: Millis | None = None


class AuditDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as an Administrator sees it; erased values are left out of *details*."""

    id: Id
    at: str
    actor_id: UserId | None
    action: str
    subject: Ref | None
    outcome: Outcome
    details: dict[str, Any]
    hash: str

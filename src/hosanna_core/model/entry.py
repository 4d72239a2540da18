"""An entry of a job's history, as it is stored."""

from __future__ import annotations

from typing import Any

import msgspec

from hosanna_core.model.ids import Millis, UserId, Version
from hosanna_core.model.status import Action, Status


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry is about, before it is sealed.

    *changes* has the new value of each field that the change touched, as plain JSON values. *action* is "edit" for a
    change of details, "erase" where the person was erased, else the transition's.
    """

    version: Version
    at: Millis
    actor_id: UserId | None
    action: str
    source: Status | None
    target: Status
    changes: dict[str, Any]
    reason: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed entry: *sealed* never changes again, *open* holds the values that may have to be erased.

    *sealed* is canonical JSON, kept as bytes on every store. *hash* is SHA-256 over the hash before it and *sealed*.
    """

    version: Version
    sealed: bytes
    open: dict[str, Any]
    hash: bytes


EDIT = "edit"
"""The action of an entry that changed details; transitions are named by their `Action`."""

ERASE = "erase"
"""The action of an entry that erased the person: the open values of all entries before it are gone."""

__all__ = ["EDIT", "ERASE", "Action", "Entry", "Facts"]

"""What a backup says of itself."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Millis
from hosanna_core.model.withheld import withheld


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known before the first value is read."""

    product: str
    """The version of Hosanna that made it."""
    store: str
    """What it was made of: "SQLite", "MongoDB" or "memory"."""
    created_at: Millis


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, counted as it was written."""

    about: About
    epoch: bytes
    """Which store it was made of, 16 bytes."""
    counts: dict[str, int]
    """How many values there are of each kind, by the names of `model.snapshot.KINDS`."""
    first_audit: bytes = b""
    """The hash of the audit entry with the smallest id; empty where there is no entry."""
    last_audit: bytes = b""
    """The hash of the audit entry with the greatest id."""
    signing_secret: bytes | None = None
    """What wraps the store's secret, where the product made it itself: whoever loses the data folder loses it, too.

    None where the operator gave it, and keeps it."""

    @property
    def records(self) -> int:
        """How many values there are."""
        return sum(self.counts.values())

    def __repr__(self) -> str:
        return withheld(self, "signing_secret")


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that is there, whole."""

    path: str
    sha256: str
    """Of the whole file but its last block, which holds it."""
    size: int
    encrypted: bool
    manifest: Manifest

"""API keys: how a machine acts, in a role, and in no more of it than its scopes name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from hosanna_core.model.ids import HOUR, Id, Millis, UserId, Version
from hosanna_core.model.instants import text_or_none, to_text
from hosanna_core.model.people import Caller, Role
from hosanna_core.model.withheld import withheld

USED: Final[Millis] = HOUR
"""`last_used_at` is no finer than that: who only reads is not to write with each request."""


class ApiScope(StrEnum):
    """What a key is let in to. A scope narrows what its role may, and never adds to it."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    TECHNICIANS_READ = "technicians:read"
    TECHNICIANS_WRITE = "technicians:write"
    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    REPORTS_READ = "reports:read"
    FEED_READ = "feed:read"
    EXPORT_READ = "export:read"
    ANNOUNCEMENTS_READ = "announcements:read"
    ANNOUNCEMENTS_WRITE = "announcements:write"
    AUDIT_READ = "audit:read"


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, by whose *id* its acts are known. Of the key itself only a hash is kept."""

    id: Id
    version: Version
    name: str
    role: Role
    scopes: tuple[ApiScope, ...]
    secret_hash: bytes
    created_by: UserId
    created_at: Millis
    expires_at: Millis | None = None
    last_used_at: Millis | None = None
    """No finer than `USED`."""
    revoked_at: Millis | None = None

    def lives(self, now: Millis) -> bool:
        """Whether it lets anybody in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def caller(self, now: Millis) -> Caller:
        """What decides whether it may act: no factor is asked of a machine."""
        return Caller(id=self.id, role=self.role, active=self.lives(now), session_epoch=0, second_factor=True)

    def __repr__(self) -> str:
        return withheld(self, "secret_hash")


class ApiKeyDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A key as an Administrator sees it: never the key itself."""

    id: Id
    name: str
    role: Role
    scopes: tuple[ApiScope, ...]
    created_by: UserId
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


def api_key_document(key: ApiKey) -> ApiKeyDocument:
    """What a key looks like outside."""
    return ApiKeyDocument(
        id=key.id,
        name=key.name,
        role=key.role,
        scopes=key.scopes,
        created_by=key.created_by,
        created_at=to_text(key.created_at),
        expires_at=text_or_none(key.expires_at),
        last_used_at=text_or_none(key.last_used_at),
        revoked_at=text_or_none(key.revoked_at),
    )

"""What an Administrator tells everybody, or everybody of a role."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, Millis, UserId, Version
from hosanna_core.model.instants import to_text
from hosanna_core.model.people import Role


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """It is never changed: its *version* is 1. From *expires_at* on nobody is shown it any more."""

    id: Id
    version: Version
    title: str
    body: str
    role: Role | None = None
    """For whom it is; None: for everybody."""
    actor_id: UserId
    created_at: Millis
    expires_at: Millis | None = None

    def shown(self, now: Millis) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at

    def is_for(self, role: Role) -> bool:
        """Whether somebody of that role is meant."""
        return self.role in (None, role)


class AnnouncementDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement as those whom it is for see it."""

    id: Id
    title: str
    body: str
    role: Role | None
    created_at: str
    expires_at: str | None


def announcement_document(announcement: Announcement) -> AnnouncementDocument:
    """What an announcement looks like outside."""
    expires_at = announcement.expires_at
    return AnnouncementDocument(
        id=announcement.id,
        title=announcement.title,
        body=announcement.body,
        role=announcement.role,
        created_at=to_text(announcement.created_at),
        expires_at=None if expires_at is None else to_text(expires_at),
    )

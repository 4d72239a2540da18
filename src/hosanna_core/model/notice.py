"""What somebody is told in their inbox, and on which other ways."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hosanna_core.model.ids import Id, JobId, Millis, UserId
from hosanna_core.model.status import Status


class NoticeKind(StrEnum):
    """What people are notified of; each can choose the ways for each kind."""

    DISPATCHED = "job.dispatched"
    """A job came to the technician."""
    STATUS_CHANGED = "job.status_changed"
    """A job that one follows moved on."""
    ANNOUNCED = "announcement"
    WEBHOOK_DISABLED = "webhook.disabled"
    """For Administrators: nothing came through to a webhook for days."""


class Channel(StrEnum):
    """A way of telling, beside the inbox, where everything is."""

    LIVE = "live"
    """Over the open connections."""
    EMAIL = "email"
    PUSH = "push"
    """Web Push, to the devices that asked for it."""
    PLUGIN = "plugin"
    """Whatever plugins bring: they hear of everything, and choose for themselves."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of one user's inbox. It holds no text of the job: that is rendered while its receiver sees the job."""

    id: Id
    user_id: UserId
    kind: str
    job_id: JobId | None = None
    status: Status | None = None
    """To which a followed job moved on."""
    announcement_id: Id | None = None
    created_at: Millis
    expires_at: Millis | None = None
    """From then on it is not shown any more."""
    read_at: Millis | None = None
    live: bool = True
    """Whether the open connections of its receiver are told."""
    channels: tuple[Channel, ...] = ()
    """The ways on which it has yet to be told: `EMAIL`, `PUSH` and `PLUGIN` alone wait here."""
    due_at: Millis | None = None
    """When that is tried next; None where nothing is left to do."""

    def shown(self, now: Millis) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or now < self.expires_at

"""What is sent over the open connections. Each message is a JSON object with `type`, and `cursor` as its last member.

The cursor is not among the fields here: it is put behind what is the same for everybody who is told the same.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hosanna_core.model.announcement import AnnouncementDocument
from hosanna_core.model.documents import JobDocument, UserDocument
from hosanna_core.model.ids import Id, JobId, UserId, Version
from hosanna_core.model.notification import NotificationDocument

JobKind = Literal["job.created", "job.assigned", "job.updated", "job.status_changed"]
UserKind = Literal[
    "user.created",
    "user.updated",
    "user.activated",
    "user.deactivated",
    "user.role_changed",
    "user.session_ended",
    "user.sessions_ended",
]


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The first message. *recovered*: whether all that was missed since the given cursor follows; else fetch anew."""

    recovered: bool


class Heartbeat(msgspec.Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """The connection is alive; the cursor moves on, whether anything happened or not."""


class JobChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A job that you saw and see. *job* is as it is now, at *version* or later; *fields* names what changed."""

    type: JobKind
    job_id: JobId
    version: Version
    at: str
    actor_id: UserId | None
    fields: tuple[str, ...]
    job: JobDocument


class JobEnteredView(msgspec.Struct, frozen=True, tag_field="type", tag="job.entered_view"):
    """A job that you did not see before, and do now: keep it."""

    job_id: JobId
    job: JobDocument


class JobLeftView(msgspec.Struct, frozen=True, tag_field="type", tag="job.left_view"):
    """A job that you do not see any more: forget it."""

    job_id: JobId


class UserChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's account: for that user and for Administrators. *user* is as it is now."""

    type: UserKind
    user_id: UserId
    at: str
    fields: tuple[str, ...]
    user: UserDocument


class NotificationCreated(msgspec.Struct, frozen=True, tag_field="type", tag="notification.created"):
    """Something new in your inbox, and how many of it you have not read."""

    notification: NotificationDocument
    unread: int


class NotificationRead(msgspec.Struct, frozen=True, tag_field="type", tag="notification.read"):
    """Something in your inbox was read, on this or another device."""

    notification_id: Id
    unread: int


class AnnouncementCreated(msgspec.Struct, frozen=True, tag_field="type", tag="announcement.created"):
    """What an Administrator tells everybody, or your role."""

    announcement: AnnouncementDocument


class Authenticated(msgspec.Struct, frozen=True, tag_field="type", tag="authenticated"):
    """The new token is taken; the connection goes on for so many seconds."""

    expires_in: int


class TokenExpiring(msgspec.Struct, frozen=True, tag_field="type", tag="token.expiring"):
    """Send a new token within so many seconds, or the connection ends."""

    expires_in: int


class Pong(msgspec.Struct, frozen=True, tag_field="type", tag="pong"):
    """The answer to a ping."""


class Refused(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """A message of yours that was not taken. *code* is stable; *detail* is for people."""

    code: str
    detail: str


ServerMessage = (
    Hello
    | Heartbeat
    | JobChanged
    | JobEnteredView
    | JobLeftView
    | UserChanged
    | NotificationCreated
    | NotificationRead
    | AnnouncementCreated
    | Authenticated
    | TokenExpiring
    | Pong
    | Refused
)


class Authenticate(
    msgspec.Struct, frozen=True, tag_field="type", tag="authenticate", forbid_unknown_fields=True
):
    """A new access token for this connection: of the same user."""

    token: str


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping", forbid_unknown_fields=True):
    """Answered by a pong: for clients that cannot send WebSocket pings."""


ClientMessage = Authenticate | Ping

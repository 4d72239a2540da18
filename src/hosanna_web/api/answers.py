"""The documents that only the API has, and how values become replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from hosanna_core.model.announcement import AnnouncementDocument
from hosanna_core.model.audit import AuditDocument
from hosanna_core.model.condition import Condition
from hosanna_core.model.documents import EntryDocument, JobDocument, UserDocument, body_of, user_document
from hosanna_core.model.ids import Id
from hosanna_core.model.roster import TechnicianDocument
from hosanna_core.model.session import SessionDocument
from hosanna_core.usecases.jobs import ActionOffer
from hosanna_core.usecases.plan_showing import PlanSummaryDocument
from hosanna_web.replies import Header, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.firm import Firm
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User

_ENCODE = msgspec.json.Encoder().encode


class Registered(msgspec.Struct, frozen=True):
    """The same for a new and for a known address: *active* where registration is open, else *pending*."""

    status: Literal["pending", "active"]


class JobList(msgspec.Struct, frozen=True):
    """A page of jobs; *next_cursor* is null only at the end."""

    items: list[JobDocument]
    next_cursor: str | None


class UserList(msgspec.Struct, frozen=True):
    """A page of users."""

    items: list[UserDocument]
    next_cursor: str | None


class TechnicianList(msgspec.Struct, frozen=True):
    """A page of the roster."""

    items: list[TechnicianDocument]
    next_cursor: str | None


class ActionList(msgspec.Struct, frozen=True):
    """Every action, with the verdict on it."""

    items: list[ActionOffer]


class EntryList(msgspec.Struct, frozen=True):
    """A history, oldest first."""

    items: list[EntryDocument]


class SessionList(msgspec.Struct, frozen=True):
    """One's own sessions, newest first."""

    items: list[SessionDocument]


class AuditList(msgspec.Struct, frozen=True):
    """A page of the audit trail, newest first."""

    items: list[AuditDocument]
    next_cursor: str | None


class AnnouncementList(msgspec.Struct, frozen=True):
    """A page of announcements, newest first."""

    items: list[AnnouncementDocument]
    next_cursor: str | None


class PlanList(msgspec.Struct, frozen=True):
    """A page of plans, newest first."""

    items: list[PlanSummaryDocument]
    next_cursor: str | None


class ReadAll(msgspec.Struct, frozen=True):
    """How many notifications had not been read."""

    read: int


class Following(msgspec.Struct, frozen=True):
    """Whether one follows a job."""

    following: bool


class PushKey(msgspec.Struct, frozen=True):
    """The `applicationServerKey` of Web Push, in base64url; null where nothing is pushed."""

    public_key: str | None


class Subscribed(msgspec.Struct, frozen=True):
    """What a device's subscription is called."""

    id: Id


class Accepted(msgspec.Struct, frozen=True):
    """The same whether or not anything is sent."""

    status: Literal["accepted"]


class KeySet(msgspec.Struct, frozen=True):
    """The public keys of access tokens (RFC 7517); none where tokens are signed with a secret."""

    keys: list[dict[str, str]]


class Health(msgspec.Struct, frozen=True):
    """That it is well."""

    status: Literal["ok"]


class Readiness(msgspec.Struct, frozen=True):
    """That it is well enough to be asked, and how each thing is that it stands on."""

    status: Literal["ok", "degraded"]
    dependencies: list[Condition]


NOTHING: Final = Reply(b"", 204)
"""Done, and nothing to tell."""


def document(value: Any, status: int = 200, headers: tuple[Header, ...] = ()) -> Reply:
    """A reply with a value's JSON."""
    return Reply(_ENCODE(value), status, headers)


def job_reply(job: Job) -> Reply:
    """A job with its ETag: its version."""
    return Reply(body_of(job), 200, (etag(job),))


def new_job_reply(job: Job, location: str) -> Reply:
    """A job that was just made, and where it is found from now on."""
    return Reply(body_of(job), 201, (etag(job), (b"location", location.encode())))


def user_reply(user: User) -> Reply:
    """A user."""
    return document(user_document(user))


def list_reply(rows: Sequence[bytes], cursor: str | None) -> Reply:
    """A page of documents that are JSON already."""
    return Reply(b'{"items":[' + b",".join(rows) + b'],"next_cursor":' + _ENCODE(cursor) + b"}")


def etag(root: Job | Firm) -> Header:
    """What names the version that is shown."""
    return (b"etag", b'"%d"' % root.version)

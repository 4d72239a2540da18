"""How values look outside: the JSON documents that the API answers with and that lists are made of.

They are written here once, when a value is stored, so that a list is joined from stored bytes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.ids import JobId, UserId, Version
from hosanna_core.model.instants import to_text
from hosanna_core.model.job import Job, number_text
from hosanna_core.model.people import Role, User
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Status


class WindowDocument(msgspec.Struct, frozen=True):
    """A stretch of time, [start, end), in RFC 3339."""

    start: str
    end: str


class JobDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A job as everybody who may see it sees it."""

    id: JobId
    number: str
    external_ref: str | None
    status: Status
    version: Version
    title: str
    description: str | None
    customer: Customer
    site: Site
    priority: Priority
    required_skills: tuple[str, ...]
    duration_minutes: int
    window: WindowDocument | None
    arrival_window: WindowDocument | None
    technician_id: UserId | None
    stages: dict[Status, str]
    created_at: str
    updated_at: str


class UserDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A user as an Administrator and the user see it: never a hash or a secret."""

    id: UserId
    email: str
    full_name: str
    phone: str | None
    role: Role
    active: bool
    preferences: dict[str, Any]
    created_at: str


class EntryDocument(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from", "target": "to"}):
    """One entry of a history. *changes* has, for each field, what it was and what it became."""

    version: Version
    at: str
    actor_id: UserId | None
    action: str
    source: Status | None
    target: Status
    changes: dict[str, Any]
    reason: str | None
    hash: str


def window_document(window: Window | None) -> WindowDocument | None:
    """A window in RFC 3339."""
    return None if window is None else WindowDocument(to_text(window.start), to_text(window.end))


def job_document(job: Job) -> JobDocument:
    """What a job looks like outside."""
    return JobDocument(
        id=job.id,
        number=number_text(job.number),
        external_ref=job.external_ref,
        status=job.status,
        version=job.version,
        title=job.title,
        description=job.description,
        customer=job.customer,
        site=job.site,
        priority=job.priority,
        required_skills=job.required_skills,
        duration_minutes=job.duration_minutes,
        window=window_document(job.window),
        arrival_window=window_document(job.arrival_window),
        technician_id=job.technician_id,
        stages={status: to_text(at) for status, at in job.stages.items()},
        created_at=to_text(job.created_at),
        updated_at=to_text(job.updated_at),
    )


def user_document(user: User) -> UserDocument:
    """What a user looks like outside."""
    return UserDocument(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        phone=user.phone,
        role=user.role,
        active=user.active,
        preferences=user.preferences,
        created_at=to_text(user.created_at),
    )


_ENCODER = msgspec.json.Encoder()


def body_of(job: Job) -> bytes:
    """A job's document as JSON: the bytes that `GET` answers with and that stores keep for lists."""
    return _ENCODER.encode(job_document(job))

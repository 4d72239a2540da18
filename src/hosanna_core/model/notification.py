"""A notification as its receiver sees it."""

from __future__ import annotations

import msgspec

from hosanna_core.model.ids import Id, JobId


class NotificationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of an inbox in words. *job_id* names the job only while the receiver sees it."""

    id: Id
    kind: str
    title: str
    body: str
    job_id: JobId | None
    created_at: str
    read_at: str | None

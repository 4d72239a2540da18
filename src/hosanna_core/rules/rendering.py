"""Notices in words. They are made when a notice is shown, of what its receiver may see then and of nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.model.documents import WindowDocument
from hosanna_core.model.instants import to_millis, to_text
from hosanna_core.model.notice import NoticeKind
from hosanna_core.model.notification import NotificationDocument
from hosanna_core.rules.assignment.hours import zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.ids import JobId
    from hosanna_core.model.notice import Notice

_OF_A_JOB: Final[Mapping[str, str]] = {
    NoticeKind.DISPATCHED: "{number} was dispatched to you",
    NoticeKind.STATUS_CHANGED: "{number} moved to {status}",
}
_HIDDEN: Final[Mapping[str, tuple[str, str]]] = {
    NoticeKind.DISPATCHED: ("A job was dispatched to you", "It is not in your view any more."),
    NoticeKind.STATUS_CHANGED: ("A job that you follow moved on", "It is not in your view any more."),
    NoticeKind.ANNOUNCED: ("An announcement", "It is not meant for you any more."),
    NoticeKind.WEBHOOK_DISABLED: (
        "A webhook was disabled",
        "Nothing came through for days, or it said that it is gone. The list of webhooks says which: enable it again.",
    ),
}
_OTHER: Final = ("Something happened", "It is not in your view.")
"""For kinds that somebody else's notifier brings."""


class _Site(msgspec.Struct, frozen=True):
    street: str
    city: str | None = None


class _Job(msgspec.Struct, frozen=True):
    """What of a job's document a notification tells."""

    id: str
    number: str
    title: str
    site: _Site
    window: WindowDocument | None = None


_DECODER: Final = msgspec.json.Decoder(_Job)


def about_job(notice: Notice, document: bytes, timezone: str) -> NotificationDocument:
    """A notice about a job that its receiver sees, told by the job's *document* as it is now."""
    job = _DECODER.decode(document)
    status = "" if notice.status is None else notice.status.replace("_", " ")
    title = _OF_A_JOB.get(notice.kind, "{number}").format(number=job.number, status=status)
    place = job.site.street if job.site.city is None else f"{job.site.street}, {job.site.city}"
    when = "" if job.window is None else f"\n{when_told(job.window, timezone)}"
    return _document(notice, title, f"{job.title}\n{place}{when}", job.id)


def about_announcement(notice: Notice, announcement: Announcement) -> NotificationDocument:
    """A notice about an announcement that is meant for its receiver."""
    return _document(notice, announcement.title, announcement.body)


def about_nothing(notice: Notice) -> NotificationDocument:
    """A notice about what its receiver may not see (any more): it names nothing."""
    return _document(notice, *_HIDDEN.get(notice.kind, _OTHER))


def when_told(window: WindowDocument, timezone: str) -> str:
    """A window as people read it, by the clocks of a time zone.

    >>> when_told(WindowDocument("2026-03-02T14:00:00Z", "2026-03-02T16:30:00Z"), "America/Chicago")
    '2026-03-02, 08:00 to 10:30 (America/Chicago)'
    """
    start, end = (_local(text, timezone) for text in (window.start, window.end))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d, %H:%M}"
    return f"{start:%Y-%m-%d, %H:%M} to {until} ({timezone})"


def _local(text: str, timezone: str) -> datetime:
    return datetime.fromtimestamp(to_millis(text) / 1000, UTC).astimezone(zone(timezone))


def _document(notice: Notice, title: str, body: str, job_id: JobId | None = None) -> NotificationDocument:
    read_at = notice.read_at
    return NotificationDocument(
        id=notice.id,
        kind=notice.kind,
        title=title,
        body=body,
        job_id=job_id,
        created_at=to_text(notice.created_at),
        read_at=None if read_at is None else to_text(read_at),
    )

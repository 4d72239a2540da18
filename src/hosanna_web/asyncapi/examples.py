"""One plausible message of each type, for readers and for tools that make up messages of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from hosanna_core.model import messages
from hosanna_core.model.announcement import AnnouncementDocument
from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.documents import JobDocument, UserDocument, WindowDocument
from hosanna_core.model.notice import NoticeKind
from hosanna_core.model.notification import NotificationDocument
from hosanna_core.model.people import Role
from hosanna_core.model.status import Priority, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

CURSOR: Final = "3C8gjF5TIjNfZktIkCXzwfcPc-4O6OjCnh2FaJAYX_j1No9rVALmoI1U6F_qxRK1Sq"
_TESS: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_OLGA: Final = "01890a5d-ac96-774b-bcce-b302099a8058"
_JOB_ID: Final = "01890a5d-ac97-7a3b-8d5e-6a1f0c2b9d10"
_NEWS_ID: Final = "01890a5d-ac98-7c11-9b0a-2f6e4d8c7b30"
_AT: Final = "2027-03-01T14:02:11.305Z"
_JOB: Final = JobDocument(
    id=_JOB_ID,
    number="J-000042",
    external_ref=None,
    status=Status.DISPATCHED,
    version=4,
    title="Panel upgrade",
    description="200 A service, old panel in the garage",
    customer=Customer(name="Ann Lee", phone="+1 512 555 0100"),
    site=Site(street="1 Main St", city="Austin", latitude=30.2672, longitude=-97.7431),
    priority=Priority.NORMAL,
    required_skills=("journeyman",),
    duration_minutes=120,
    window=WindowDocument("2027-03-01T15:00:00.000Z", "2027-03-01T17:00:00.000Z"),
    arrival_window=None,
    technician_id=_TESS,
    stages={
        Status.TENTATIVE: "2027-02-26T16:40:00.000Z",
        Status.CONFIRMED: "2027-02-26T17:05:12.118Z",
        Status.ASSIGNED: "2027-02-27T13:30:45.902Z",
        Status.DISPATCHED: _AT,
    },
    created_at="2027-02-26T16:40:00.000Z",
    updated_at=_AT,
)
_USER: Final = UserDocument(
    id=_TESS,
    email="tess@example.com",
    full_name="Tess Ohm",
    phone="+1 512 555 0101",
    role=Role.TECHNICIAN,
    active=True,
    preferences={},
    created_at="2026-11-02T09:00:00.000Z",
)


def _of_a_job(kind: messages.JobKind) -> messages.JobChanged:
    return messages.JobChanged(
        type=kind, job_id=_JOB_ID, version=4, at=_AT, actor_id=_OLGA, fields=("status",), job=_JOB
    )


def _of_a_user(kind: messages.UserKind) -> messages.UserChanged:
    return messages.UserChanged(type=kind, user_id=_TESS, at=_AT, fields=("phone",), user=_USER)


_TOLD: Final[tuple[messages.ServerMessage, ...]] = (
    messages.Hello(recovered=True),
    messages.Heartbeat(),
    *(_of_a_job(kind) for kind in get_args(messages.JobKind)),
    messages.JobEnteredView(_JOB_ID, _JOB),
    messages.JobLeftView(_JOB_ID),
    *(_of_a_user(kind) for kind in get_args(messages.UserKind)),
    messages.NotificationCreated(
        NotificationDocument(
            id=_NEWS_ID,
            kind=NoticeKind.DISPATCHED,
            title="J-000042 was dispatched to you",
            body="Panel upgrade\n1 Main St, Austin",
            job_id=_JOB_ID,
            created_at=_AT,
            read_at=None,
        ),
        unread=3,
    ),
    messages.NotificationRead(_NEWS_ID, unread=2),
    messages.AnnouncementCreated(
        AnnouncementDocument(
            id=_NEWS_ID,
            title="The yard is closed on Monday",
            body="Fetch what you need on Friday.",
            role=Role.TECHNICIAN,
            created_at=_AT,
            expires_at="2027-03-09T00:00:00.000Z",
        )
    ),
    messages.Authenticated(expires_in=899),
    messages.TokenExpiring(expires_in=60),
    messages.Pong(),
    messages.Refused("invalid_message", "This is not JSON that can be read."),
)
_SAID: Final[tuple[messages.ClientMessage, ...]] = (
    messages.Authenticate("a new access token"),
    messages.Ping(),
)


def examples_of(kind: type) -> list[dict[str, object]]:
    """Examples of one kind of message, one for each of its types, as AsyncAPI lists them."""
    told = [{**_plain(each), "cursor": CURSOR} for each in _of(kind, _TOLD)]
    said = [_plain(each) for each in _of(kind, _SAID)]
    return [{"name": each["type"], "payload": each} for each in (*told, *said)]


def _of(kind: type, all_of_them: Iterable[msgspec.Struct]) -> list[msgspec.Struct]:
    return [each for each in all_of_them if isinstance(each, kind)]


def _plain(message: msgspec.Struct) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(message)
    return plain

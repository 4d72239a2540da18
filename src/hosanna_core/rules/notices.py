"""The events of notices: stores put them into the feed as they write a notice, or that it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.event import Address, Event, Ref

if TYPE_CHECKING:
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.notice import Notice

CREATED: Final = "notification.created"
READ: Final = "notification.read"


def created(notice: Notice) -> Event:
    """That somebody was told something; on the open connections of those alone who want it there."""
    to = (Address(user_id=notice.user_id),) if notice.live else ()
    return _event(CREATED, notice.id, 1, notice.created_at, to)


def read(user_id: UserId, notice_id: Id, at: Millis) -> Event:
    """That it was read: on one of their devices, and so on all."""
    return _event(READ, notice_id, 2, at, (Address(user_id=user_id),))


def _event(kind: str, notice_id: Id, version: int, at: Millis, to: tuple[Address, ...]) -> Event:
    return Event(
        key=f"notification|{notice_id}|{version}|0",
        kind=kind,
        subject=Ref("notification", notice_id),
        version=version,
        at=at,
        actor_id=None,
        to=to,
    )

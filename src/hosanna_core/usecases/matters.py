"""What events are about that are not about jobs, as it is now: read in one go for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hosanna_core.model.announcement import announcement_document
from hosanna_core.model.documents import user_document
from hosanna_core.model.instants import to_text
from hosanna_core.model.messages import (
    AnnouncementCreated,
    NotificationCreated,
    NotificationRead,
)
from hosanna_core.model.people import Actor
from hosanna_core.rules import notices
from hosanna_core.usecases.inbox import documents_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hosanna_core.model.event import Event
    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.people import Role
    from hosanna_core.ports import Ports

    Keyed = Iterator[tuple[str, Any]]
    """The messages, each with the key of its event."""


def messages_about(
    ports: Ports, events: Sequence[Event], present: Mapping[UserId, Role] | None = None
) -> dict[str, Any]:
    """The message of each event, by its key; none where what it was about is gone.

    Notices are put into words for those alone who are *present*.
    """
    found: dict[str, Any] = {}
    for kind, read in _READING.items():
        if those := [event for event in events if event.subject.kind == kind]:
            found.update(read(ports, those, present or {}))
    return found


def _subjects(events: Sequence[Event]) -> list[Id]:
    return sorted({event.subject.id for event in events})


def _of_users(ports: Ports, events: Sequence[Event], _: Mapping[UserId, Role]) -> Keyed:
    users = ports.store.users.get_many(_subjects(events))
    for event in events:
        if (user := users.get(event.subject.id)) is not None:
            yield (
                event.key,
                {
                    "type": event.kind,
                    "user_id": user.id,
                    "at": to_text(event.at),
                    "fields": event.fields,
                    "user": user_document(user),
                },
            )


def _of_announcements(ports: Ports, events: Sequence[Event], _: Mapping[UserId, Role]) -> Keyed:
    announced, now = ports.store.announcements.get_many(_subjects(events)), ports.outside.now()
    for event in events:
        announcement = announced.get(event.subject.id)
        if announcement is not None and announcement.shown(now):
            yield event.key, AnnouncementCreated(announcement_document(announcement))


def _of_notices(ports: Ports, events: Sequence[Event], present: Mapping[UserId, Role]) -> Keyed:
    receivers = {
        event.key: each.user_id
        for event in events
        for each in event.to
        if each.user_id is not None and each.user_id in present
    }
    if not receivers:
        return
    now = ports.outside.now()
    unread = ports.store.inboxes.unread_of(sorted(set(receivers.values())), now)
    made = [event for event in events if event.key in receivers and event.kind == notices.CREATED]
    kept = ports.store.inboxes.get_many([(receivers[each.key], each.subject.id) for each in made])
    shown = [notice for notice in kept.values() if notice.shown(now)]
    told = [(Actor(notice.user_id, present[notice.user_id]), notice) for notice in shown]
    documents = {each.id: each for each in documents_for(ports, told)}
    for event in events:
        if (receiver := receivers.get(event.key)) is None:
            continue
        if event.kind == notices.READ:
            yield event.key, NotificationRead(event.subject.id, unread[receiver])
        elif (document := documents.get(event.subject.id)) is not None:
            yield event.key, NotificationCreated(document, unread[receiver])


_READING: Final[Mapping[str, Callable[[Ports, Sequence[Event], Mapping[UserId, Role]], Keyed]]] = {
    "user": _of_users,
    "announcement": _of_announcements,
    "notification": _of_notices,
}

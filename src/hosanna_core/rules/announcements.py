"""Announcements: making one, and for whom each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hosanna_core.model.announcement import Announcement
from hosanna_core.model.change import Change
from hosanna_core.model.event import Address, Event, Ref
from hosanna_core.model.people import Duty, Role
from hosanna_core.rules.permissions import may

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import Actor

CREATED: Final = "announcement.created"


def announce(
    announcement: Announcement, notices: Sequence[Notice] = (), receipt: Receipt | None = None
) -> Change[Announcement]:
    """All that a new announcement makes true: it is there, and those for whom it is are told."""
    event = Event(
        key=f"announcement|{announcement.id}|{announcement.version}|0",
        kind=CREATED,
        subject=Ref("announcement", announcement.id),
        version=announcement.version,
        at=announcement.created_at,
        actor_id=announcement.actor_id,
        to=tuple(Address(role=role) for role in Role if announcement.is_for(role)),
    )
    return Change(root=announcement, expected=None, events=(event,), notices=tuple(notices), receipt=receipt)


def listed_for(actor: Actor) -> Role | None:
    """Whose announcements somebody is shown: those of their role; None: of everybody, for those who make them."""
    return None if may(actor, Duty.ANNOUNCE) else actor.role


def is_shown_to(announcement: Announcement, actor: Actor) -> bool:
    """Whether somebody is shown an announcement, as long as it has not expired."""
    role = listed_for(actor)
    return role is None or announcement.is_for(role)

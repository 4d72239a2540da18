"""Announcements: what an Administrator tells everybody, or everybody of a role."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from hosanna_core.errors import NotFound
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.event import Ref
from hosanna_core.model.notice import NoticeKind
from hosanna_core.model.people import Duty
from hosanna_core.model.query import UserFilter
from hosanna_core.rules.announcements import announce, is_shown_to, listed_for
from hosanna_core.rules.permissions import may
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.notification_forms import NOW, AnnouncementForm
from hosanna_core.usecases.notifying import notice_for
from hosanna_core.usecases.page_by_page import users_by_page
from hosanna_core.usecases.performing import Once, answered_once, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import PageQuery

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import Actor, User
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed


def make_announcement(
    ports: Ports, actor: Actor, body: Unparsed, *, once: Once | None = None
) -> Announcement:
    """Tell everybody, or everybody of a role, in one commit with the notices for all who are active now.

    Raises PermissionDenied, Unreadable, Invalid, KeyReused.
    """

    def work() -> Announcement:
        demand(may(actor, Duty.ANNOUNCE))
        now = ports.outside.now()
        form = body.judge(AnnouncementForm, {NOW: now})
        announcement = Announcement(
            id=ports.outside.mint(),
            version=1,
            title=form.title,
            body=form.body,
            role=form.role,
            actor_id=actor.id,
            created_at=now,
            expires_at=form.expires_at,
        )
        receipt = receipt_of(once, Ref("announcement", announcement.id), announcement.version, now)
        change = announce(announcement, tuple(_notices(ports, announcement)), receipt)
        ports.store.ledger.commit(change)
        return announcement

    return answered_once(ports, once, work, lambda receipt: _answered(ports, actor, receipt))


def _notices(ports: Ports, announcement: Announcement) -> Iterator[Notice]:
    about = {"announcement_id": announcement.id, "expires_at": announcement.expires_at}
    for user in _meant(ports, announcement):
        notice = notice_for(ports, user, NoticeKind.ANNOUNCED, announcement.created_at, **about)
        # Who wrote it has read it.
        own = user.id == announcement.actor_id
        yield msgspec.structs.replace(notice, read_at=announcement.created_at) if own else notice


def _meant(ports: Ports, announcement: Announcement) -> Iterator[User]:
    return chain.from_iterable(users_by_page(ports, UserFilter(role=announcement.role, active=True)))


def _answered(ports: Ports, actor: Actor, receipt: Receipt) -> Announcement:
    """The announcement that a request made, if the caller is still shown it."""
    demand(may(actor, Duty.ANNOUNCE))
    announcement = ports.store.announcements.get(receipt.subject.id)
    now = ports.outside.now()
    if announcement is None or not announcement.shown(now) or not is_shown_to(announcement, actor):
        raise NotFound
    return announcement


def list_announcements(
    ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]
) -> tuple[list[Announcement], str | None]:
    """A page of the announcements for the caller that have not expired, newest first; for who makes them, of all."""
    demand(may(actor, Duty.SEE_ANNOUNCEMENTS))
    asked, position = judge_page(PageQuery, query, ports.keys.cursors, actor, "announcements")
    listed = partial(ports.store.announcements.page, listed_for(actor), ports.outside.now())
    return position.page(listed, asked.limit)

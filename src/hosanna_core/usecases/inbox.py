"""The inbox that everybody has: reading it, and noting what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from hosanna_core.errors import NotFound
from hosanna_core.model.event import Ref
from hosanna_core.model.notification import NotificationDocument
from hosanna_core.model.people import Duty, Role
from hosanna_core.model.query import Position
from hosanna_core.model.schedule import Availability
from hosanna_core.rules import rendering
from hosanna_core.rules.announcements import is_shown_to
from hosanna_core.rules.permissions import may
from hosanna_core.rules.visibility import scope_of
from hosanna_core.usecases.cursors import judge_page
from hosanna_core.usecases.performing import answered_once, receipt_of
from hosanna_core.usecases.permitting import demand
from hosanna_core.usecases.queries import MOST_ROWS, NoQuery, NotificationsQuery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from hosanna_core.model.ids import Id, Millis
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import Actor
    from hosanna_core.model.query import Sight
    from hosanna_core.ports import Ports
    from hosanna_core.usecases.judging import Unparsed
    from hosanna_core.usecases.performing import Once

MOST_LOOKED_AT: Final = 2_000
"""So many notices are passed over at most for one page of those that are asked for."""


class Inbox(msgspec.Struct, frozen=True):
    """A page of somebody's inbox, and how many of all that is in it they have not read."""

    items: list[NotificationDocument]
    next_cursor: str | None
    unread: int


def list_notifications(ports: Ports, actor: Actor, query: Mapping[str, Sequence[str]]) -> Inbox:
    """A page of one's own inbox, newest first, without what has expired. It may be short though more follow."""
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
    asked, position = judge_page(NotificationsQuery, query, ports.keys.cursors, actor, "notifications")
    now = ports.outside.now()
    found, last = _found(ports, actor, asked, position.after, now)
    goes_on = None if last is None else Position((), last)
    return Inbox(
        notification_documents(ports, actor, found),
        position.cursor(goes_on),
        ports.store.inboxes.unread(actor.id, now),
    )


def _found(
    ports: Ports, actor: Actor, asked: NotificationsQuery, after: Id | None, now: Millis
) -> tuple[list[Notice], Id | None]:
    """The notices of a page, and the id of the last that was looked at; None at the end of the inbox."""
    found: list[Notice] = []
    at_once = asked.limit + 1 if asked.unread is None else MOST_ROWS
    for _ in range(-(-MOST_LOOKED_AT // at_once)):
        rows = ports.store.inboxes.notices(actor.id, after, at_once)
        for notice in rows:
            if len(found) == asked.limit:
                return found, after
            after = notice.id
            if notice.shown(now) and asked.unread in (None, notice.read_at is None):
                found.append(notice)
        if len(rows) < at_once:
            return found, None
    return found, after


def read_notification(ports: Ports, actor: Actor, notice_id: Id, body: Unparsed) -> NotificationDocument:
    """Note that one of one's own notifications was read; again changes nothing, and is answered the same.

    Raises NotFound, Invalid.
    """
    notice = _own(ports, actor, notice_id)
    demand(may(actor, Duty.OWN_NOTIFICATIONS))
    body.judge(NoQuery)
    if notice.read_at is None:
        ports.store.inboxes.mark_read(actor.id, notice_id, ports.outside.now())
        notice = _own(ports, actor, notice_id)
    return notification_documents(ports, actor, (notice,))[0]


def _own(ports: Ports, actor: Actor, notice_id: Id) -> Notice:
    notice = ports.store.inboxes.get(actor.id, notice_id)
    if notice is None or not notice.shown(ports.outside.now()):
        raise NotFound
    return notice


def read_all_notifications(ports: Ports, actor: Actor, body: Unparsed, *, once: Once | None = None) -> int:
    """Note that all of one's own notifications were read; how many had not been. Raises Invalid, KeyReused."""

    def work() -> int:
        demand(may(actor, Duty.OWN_NOTIFICATIONS))
        body.judge(NoQuery)
        now = ports.outside.now()
        receipt = receipt_of(once, Ref("inbox", actor.id), 0, now)
        return ports.store.inboxes.mark_all_read(actor.id, now, receipt)

    return answered_once(ports, once, work, lambda receipt: receipt.version)


def notification_documents(
    ports: Ports, actor: Actor, notices: Sequence[Notice]
) -> list[NotificationDocument]:
    """What *actor* is shown now of notices of theirs, one document for each, in their order.

    A job is named only while *actor* sees it, an announcement only while it is meant for them.
    """
    return documents_for(ports, [(actor, notice) for notice in notices])


def documents_for(ports: Ports, told: Sequence[tuple[Actor, Notice]]) -> list[NotificationDocument]:
    """The same of notices of several, each with its receiver."""
    seen = _seen(ports, told)
    announced_ids = {notice.announcement_id for _, notice in told if notice.announcement_id is not None}
    announced = ports.store.announcements.get_many(tuple(announced_ids)) if announced_ids else {}
    timezones = _timezones(ports, {actor for actor, notice in told if notice.id in seen})
    documents = []
    for actor, notice in told:
        announcement = None if notice.announcement_id is None else announced.get(notice.announcement_id)
        if (sight := seen.get(notice.id)) is not None:
            documents.append(rendering.about_job(notice, sight.body, timezones[actor]))
        elif announcement is not None and is_shown_to(announcement, actor):
            documents.append(rendering.about_announcement(notice, announcement))
        else:
            documents.append(rendering.about_nothing(notice))
    return documents


def _seen(ports: Ports, told: Sequence[tuple[Actor, Notice]]) -> dict[Id, Sight]:
    """The job of each notice, by the notice's id, where its receiver sees it."""
    job_ids = {notice.job_id for _, notice in told if notice.job_id is not None}
    sights = ports.store.jobs.sights(sorted(job_ids)) if job_ids else {}
    return {
        notice.id: sight
        for actor, notice in told
        if notice.job_id is not None
        and (sight := sights.get(notice.job_id)) is not None
        and scope_of(actor).admits(sight.place)
    }


def _timezones(ports: Ports, actors: AbstractSet[Actor]) -> dict[Actor, str]:
    """By which clocks times are told: a technician's own."""
    technicians = sorted(actor.id for actor in actors if actor.role is Role.TECHNICIAN)
    of = ports.store.calendars.of(technicians) if technicians else {}
    usual = Availability().timezone
    return {actor: of[actor.id].availability.timezone if actor.id in of else usual for actor in actors}

"""What people are told: their inbox, the jobs that they follow, their devices, and announcements to all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from hosanna_core.errors import NotFound, PermissionDenied
from hosanna_core.model.announcement import AnnouncementDocument, announcement_document
from hosanna_core.model.notification import NotificationDocument
from hosanna_core.usecases import announcing, following, inbox, pushing
from hosanna_core.usecases.inbox import Inbox
from hosanna_core.usecases.notification_forms import AnnouncementForm, PushSubscriptionForm
from hosanna_core.usecases.queries import NoQuery, NotificationsQuery, PageQuery
from hosanna_web.api.answers import (
    NOTHING,
    AnnouncementList,
    Following,
    PushKey,
    ReadAll,
    Subscribed,
    document,
)
from hosanna_web.api.operations import BASE, Operation

if TYPE_CHECKING:
    from hosanna_web.api.operations import Call
    from hosanna_web.replies import Reply


def page(call: Call) -> Reply:
    """A page of one's own inbox."""
    return document(inbox.list_notifications(call.ports, call.actor, call.query))


def read(call: Call) -> Reply:
    """One notification was read."""
    return document(inbox.read_notification(call.ports, call.actor, call.id, call.body))


def read_all(call: Call) -> Reply:
    """All were read."""
    return document(ReadAll(inbox.read_all_notifications(call.ports, call.actor, call.body, once=call.once)))


def push_key(call: Call) -> Reply:
    """What a browser subscribes with."""
    return document(PushKey(pushing.push_key(call.ports, call.actor, call.query)))


def subscribe(call: Call) -> Reply:
    """Be told on this device, too."""
    return document(Subscribed(pushing.subscribe(call.ports, call.actor, call.body, once=call.once)), 201)


def unsubscribe(call: Call) -> Reply:
    """Be told no more on a device."""
    pushing.unsubscribe(call.ports, call.actor, call.id, call.body)
    return NOTHING


def follow(call: Call) -> Reply:
    """Be told when a job moves on."""
    following.follow_job(call.ports, call.actor, call.id, call.body)
    return NOTHING


def unfollow(call: Call) -> Reply:
    """Be told no more when a job moves on."""
    following.unfollow_job(call.ports, call.actor, call.id, call.body)
    return NOTHING


def follows(call: Call) -> Reply:
    """Whether one is told when a job moves on."""
    return document(Following(following.follows_job(call.ports, call.actor, call.id, call.query)))


def announce(call: Call) -> Reply:
    """Tell everybody, or everybody of a role."""
    made = announcing.make_announcement(call.ports, call.actor, call.body, once=call.once)
    return document(announcement_document(made), 201)


def announcements(call: Call) -> Reply:
    """A page of the announcements that have not expired."""
    found, cursor = announcing.list_announcements(call.ports, call.actor, call.query)
    return document(AnnouncementList([announcement_document(each) for each in found], cursor))


_route = partial(Operation, area="notifications")
NOTIFICATIONS: Final[tuple[Operation, ...]] = (
    _route(
        method="GET",
        path=BASE + "/notifications",
        name="list_notifications",
        summary="Read your inbox, newest first",
        run=page,
        answer=Inbox,
        query=NotificationsQuery,
    ),
    _route(
        method="POST",
        path=BASE + "/notifications/{id}/read",
        name="read_notification",
        summary="Note that you have read a notification",
        run=read,
        answer=NotificationDocument,
        body=(NoQuery,),
        refusals=(NotFound,),
    ),
    _route(
        method="POST",
        path=BASE + "/notifications/read-all",
        name="read_all_notifications",
        summary="Note that you have read all of your notifications",
        run=read_all,
        answer=ReadAll,
        body=(NoQuery,),
        once=True,
    ),
    _route(
        method="GET",
        path=BASE + "/notifications/push-key",
        name="get_push_key",
        summary="Get the key with which a browser subscribes to Web Push",
        run=push_key,
        answer=PushKey,
    ),
    _route(
        method="POST",
        path=BASE + "/notifications/push-subscriptions",
        name="subscribe_to_push",
        summary="Be told on this device by Web Push",
        run=subscribe,
        status=201,
        answer=Subscribed,
        body=(PushSubscriptionForm,),
        once=True,
    ),
    _route(
        method="DELETE",
        path=BASE + "/notifications/push-subscriptions/{id}",
        name="unsubscribe_from_push",
        summary="Be told no more on a device of yours",
        run=unsubscribe,
        status=204,
        body=(NoQuery,),
        refusals=(NotFound,),
    ),
    _route(
        method="GET",
        path=BASE + "/jobs/{id}/follow",
        name="get_following",
        summary="Ask whether you follow a job",
        run=follows,
        answer=Following,
        refusals=(NotFound,),
    ),
    _route(
        method="PUT",
        path=BASE + "/jobs/{id}/follow",
        name="follow_job",
        summary="Be told whenever a job moves on",
        run=follow,
        status=204,
        body=(NoQuery,),
        refusals=(NotFound,),
    ),
    _route(
        method="DELETE",
        path=BASE + "/jobs/{id}/follow",
        name="unfollow_job",
        summary="Follow a job no more",
        run=unfollow,
        status=204,
        body=(NoQuery,),
        refusals=(NotFound,),
    ),
    _route(
        method="POST",
        path=BASE + "/announcements",
        name="make_announcement",
        summary="Tell everybody, or everybody of a role",
        run=announce,
        status=201,
        answer=AnnouncementDocument,
        body=(AnnouncementForm,),
        once=True,
        # A repeated request shows what the first one made, until it expires.
        refusals=(PermissionDenied, NotFound),
    ),
    _route(
        method="GET",
        path=BASE + "/announcements",
        name="list_announcements",
        summary="List the announcements for you, newest first",
        run=announcements,
        answer=AnnouncementList,
        query=PageQuery,
    ),
)

"""Notices for those who are told, on the ways that they want: they are committed with what they tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hosanna_core.model.notice import Channel, Notice, NoticeKind
from hosanna_core.model.people import Actor
from hosanna_core.rules.preferences import channels_for
from hosanna_core.rules.visibility import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hosanna_core.model.ids import Millis, UserId
    from hosanna_core.model.people import User
    from hosanna_core.ports import Ports
    from hosanna_core.rules.decisions import Decision


def notices_about(ports: Ports, decision: Decision) -> Iterator[Notice]:
    """The technician to whom a job comes is told, and where it moves on those who follow it and see it then.

    Who moved it knows; and nobody is told the same twice.
    """
    job, facts = decision.job, decision.facts
    followers: Sequence[UserId] = ()
    if facts.source not in (None, facts.target):
        told_anyway = {*decision.tells, facts.actor_id}
        followers = [each for each in ports.store.followers.of(job.id) if each not in told_anyway]
    asked = (*decision.tells, *followers)
    users = ports.store.users.get_many(asked) if asked else {}
    for user_id in decision.tells:
        if (user := users.get(user_id)) is not None:
            yield notice_for(ports, user, NoticeKind.DISPATCHED, facts.at, job_id=job.id)
    for user_id in followers:
        user = users.get(user_id)
        if user is not None and user.active and scope_of(Actor(user.id, user.role)).admits(job.place):
            yield notice_for(
                ports, user, NoticeKind.STATUS_CHANGED, facts.at, job_id=job.id, status=job.status
            )


def notice_for(ports: Ports, user: User, kind: NoticeKind, at: Millis, **about: Any) -> Notice:
    """A notice for somebody, due at once on every way but the open connections; *about* are further fields of it."""
    live, channels = ways_of(ports, user, kind)
    return Notice(
        id=ports.outside.mint(),
        user_id=user.id,
        kind=kind.value,
        created_at=at,
        live=live,
        channels=channels,
        due_at=at if channels else None,
        **about,
    )


def ways_of(ports: Ports, user: User, kind: str) -> tuple[bool, tuple[Channel, ...]]:
    """What `channels_for` answers, without push where nothing is pushed, and with what plugins bring."""
    live, channels = channels_for(user, kind)
    if ports.messengers:
        channels = (*channels, Channel.PLUGIN)
    if ports.pusher.public_key is None:
        channels = tuple(channel for channel in channels if channel is not Channel.PUSH)
    return live, channels

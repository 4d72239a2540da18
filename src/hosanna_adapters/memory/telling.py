"""What people are told, and how they are reached: inboxes, announcements, followers, push subscriptions, tickets."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.memory.receipts import is_replayed, keep_receipt
from hosanna_core.errors import Replayed
from hosanna_core.rules import notices as told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, JobId, Millis, UserId
    from hosanna_core.model.notice import Notice
    from hosanna_core.model.people import Role
    from hosanna_core.model.push import PushSubscription


class MemoryInboxes:
    """The inboxes of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def notify(self, notice: Notice) -> None:
        with self._state.lock:
            keep_notice(self._state, notice)

    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        with self._state.lock:
            inbox = self._state.inboxes.get(user_id, {})
            newest_first = sorted((each for each in inbox if after is None or each < after), reverse=True)
            return [inbox[each] for each in newest_first[:limit]]

    def get(self, user_id: UserId, notice_id: Id) -> Notice | None:
        with self._state.lock:
            return self._state.inboxes.get(user_id, {}).get(notice_id)

    def get_many(self, wanted: Sequence[tuple[UserId, Id]]) -> Mapping[Id, Notice]:
        inboxes = self._state.inboxes
        with self._state.lock:
            found = (inboxes.get(user_id, {}).get(notice_id) for user_id, notice_id in wanted)
            return {notice.id: notice for notice in found if notice is not None}

    def unread(self, user_id: UserId, now: Millis) -> int:
        with self._state.lock:
            inbox = self._state.inboxes.get(user_id, {}).values()
            return sum(each.read_at is None and each.shown(now) for each in inbox)

    def unread_of(self, user_ids: Sequence[UserId], now: Millis) -> Mapping[UserId, int]:
        return {user_id: self.unread(user_id, now) for user_id in user_ids}

    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        with self._state.lock:
            notice = self._state.inboxes.get(user_id, {}).get(notice_id)
            if notice is not None:
                _read(self._state, notice, at)
            return notice is not None

    def mark_all_read(self, user_id: UserId, at: Millis, receipt: Receipt | None = None) -> int:
        with self._state.lock:
            if is_replayed(self._state, receipt):
                raise Replayed
            inbox = tuple(self._state.inboxes.get(user_id, {}).values())
            marked = sum(_read(self._state, notice, at) for notice in inbox)
            if receipt is not None:
                keep_receipt(self._state, msgspec.structs.replace(receipt, version=marked))
            return marked

    def take_due(self, now: Millis, until: Millis, limit: int) -> Sequence[Notice]:
        inboxes = self._state.inboxes
        with self._state.lock:
            due = [
                (each.due_at, each)
                for inbox in inboxes.values()
                for each in inbox.values()
                if each.due_at is not None and each.due_at <= now
            ]
            taken = [each for _, each in sorted(due, key=lambda pair: (pair[0], pair[1].id))[:limit]]
            for each in taken:
                inboxes[each.user_id][each.id] = msgspec.structs.replace(each, due_at=until)
        return taken

    def sweep(self, read_before: Millis, made_before: Millis, limit: int) -> int:
        inboxes = self._state.inboxes
        with self._state.lock:
            old = (
                each
                for inbox in inboxes.values()
                for each in inbox.values()
                if each.due_at is None and _is_old(each, read_before, made_before)
            )
            doomed = tuple(islice(old, limit))
            for each in doomed:
                del inboxes[each.user_id][each.id]
            return len(doomed)

    def settle(self, notice: Notice) -> None:
        with self._state.lock:
            inbox = self._state.inboxes.get(notice.user_id, {})
            if (kept := inbox.get(notice.id)) is not None:
                inbox[notice.id] = msgspec.structs.replace(
                    kept, channels=notice.channels, due_at=notice.due_at
                )


def _is_old(notice: Notice, read_before: Millis, made_before: Millis) -> bool:
    return notice.created_at < made_before if notice.read_at is None else notice.read_at < read_before


def keep_notice(state: State, notice: Notice) -> None:
    """Put a notice into its inbox and its event into the feed, unless it is there; the caller holds the lock."""
    inbox = state.inboxes.setdefault(notice.user_id, {})
    if notice.id not in inbox:
        inbox[notice.id] = notice
        state.log.extend((told.created(notice),))


def _read(state: State, notice: Notice, at: Millis) -> bool:
    if notice.read_at is not None:
        return False
    state.inboxes[notice.user_id][notice.id] = msgspec.structs.replace(notice, read_at=at)
    state.log.extend((told.read(notice.user_id, notice.id, at),))
    return True


class MemoryAnnouncements:
    """The announcements of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, announcement_id: Id) -> Announcement | None:
        return self._state.announcements.get(announcement_id)

    def get_many(self, announcement_ids: Sequence[Id]) -> Mapping[Id, Announcement]:
        kept = self._state.announcements
        with self._state.lock:
            return {each: kept[each] for each in announcement_ids if each in kept}

    def page(self, role: Role | None, now: Millis, after: Id | None, limit: int) -> Sequence[Announcement]:
        with self._state.lock:
            found = [
                each
                for each in self._state.announcements.values()
                if (role is None or each.is_for(role))
                and (each.expires_at is None or now < each.expires_at)
                and (after is None or each.id < after)
            ]
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]


class MemoryFollowers:
    """Who follows which jobs of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def follow(self, user_id: UserId, job_id: JobId) -> None:
        with self._state.lock:
            self._state.followers.setdefault(job_id, set()).add(user_id)

    def unfollow(self, user_id: UserId, job_id: JobId) -> None:
        with self._state.lock:
            self._state.followers.get(job_id, set()).discard(user_id)

    def follows(self, user_id: UserId, job_id: JobId) -> bool:
        with self._state.lock:
            return user_id in self._state.followers.get(job_id, ())

    def of(self, job_id: JobId) -> Sequence[UserId]:
        with self._state.lock:
            return sorted(self._state.followers.get(job_id, ()))

    def followed_by(self, user_id: UserId, after: JobId | None, limit: int) -> Sequence[JobId]:
        with self._state.lock:
            followers = self._state.followers.items()
            found = sorted(
                each for each, users in followers if user_id in users and (after is None or each > after)
            )
            return found[:limit]


class MemorySubscriptions:
    """The push subscriptions of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def keep(self, subscription: PushSubscription, receipt: Receipt | None = None) -> None:
        kept = self._state.subscriptions
        with self._state.lock:
            if is_replayed(self._state, receipt):
                raise Replayed
            for each in [each for each in kept.values() if each.endpoint == subscription.endpoint]:
                del kept[each.id]
            kept[subscription.id] = subscription
            if receipt is not None:
                keep_receipt(self._state, receipt)

    def of(self, user_id: UserId) -> Sequence[PushSubscription]:
        with self._state.lock:
            found = [each for each in self._state.subscriptions.values() if each.user_id == user_id]
        return sorted(found, key=lambda each: each.id)

    def drop(self, user_id: UserId, subscription_id: Id) -> bool:
        with self._state.lock:
            found = self._state.subscriptions.get(subscription_id)
            if found is None or found.user_id != user_id:
                return False
            del self._state.subscriptions[subscription_id]
            return True


class MemoryTickets:
    """Which tickets of a `MemoryStore` were used."""

    def __init__(self, state: State) -> None:
        self._state = state

    def redeem(self, ticket_id: Id, now: Millis, expires_at: Millis) -> bool:
        used = self._state.tickets
        with self._state.lock:
            for each in [each for each, until in used.items() if until <= now]:
                del used[each]
            if ticket_id in used:
                return False
            used[ticket_id] = expires_at
            return True


def forget_follower(state: State, user_id: UserId) -> None:
    """Remove what a user follows and where they are pushed to; the caller holds the lock."""
    for followers in state.followers.values():
        followers.discard(user_id)
    for each in [each for each in state.subscriptions.values() if each.user_id == user_id]:
        del state.subscriptions[each.id]

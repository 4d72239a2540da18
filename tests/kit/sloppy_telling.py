"""Inboxes, announcements, followers, subscriptions and tickets with one fault each that a suite must find."""

from time import sleep
from typing import Any

import msgspec
from tests.kit.spoiling import Around, Ledger

from hosanna_core.ports import Store


class Inboxes(Around):
    port = "inboxes"


class TellsAgainWhatWasRead(Inboxes):
    def notices(self, user_id: str, after: Any, limit: int) -> Any:
        return [
            msgspec.structs.replace(each, read_at=None) for each in self.inner.notices(user_id, after, limit)
        ]


class FindsAnybodysNotice(Inboxes):
    def get(self, user_id: str, notice_id: str) -> Any:
        inboxes = self.inner._state.inboxes.values()
        return next((inbox[notice_id] for inbox in inboxes if notice_id in inbox), None)


class ForgetsOnWhichWays(Inboxes):
    def notify(self, notice: Any) -> None:
        self.inner.notify(msgspec.structs.replace(notice, channels=notice.channels[:1]))


class CountsWhatHasExpired(Inboxes):
    def unread(self, user_id: str, now: int) -> Any:
        return self.inner.unread(user_id, 0)


class GetsManyOfAnybodysNotices(Inboxes):
    def get_many(self, wanted: Any) -> Any:
        ids = {notice_id for _, notice_id in wanted}
        inboxes = self.inner._state.inboxes.values()
        return {each.id: each for inbox in inboxes for each in inbox.values() if each.id in ids}


class LeavesOutWhoHasNothingUnread(Inboxes):
    def unread_of(self, user_ids: Any, now: int) -> Any:
        return {user_id: count for user_id, count in self.inner.unread_of(user_ids, now).items() if count}


class CountsForManyWhatHasExpired(Inboxes):
    def unread_of(self, user_ids: Any, now: int) -> Any:
        return self.inner.unread_of(user_ids, 0)


class ReadsAllOfEverybody(Inboxes):
    def mark_all_read(self, user_id: str, at: int, receipt: Any = None) -> Any:
        for other in list(self.inner._state.inboxes):
            if other != user_id:
                self.inner.mark_all_read(other, at)
        return self.inner.mark_all_read(user_id, at, receipt)


class ReadsAgainWhatWasRead(Inboxes):
    def mark_all_read(self, user_id: str, at: int, receipt: Any = None) -> Any:
        inbox = self.inner._state.inboxes.get(user_id, {})
        for notice in inbox.values():
            inbox[notice.id] = msgspec.structs.replace(notice, read_at=None)
        return self.inner.mark_all_read(user_id, at, receipt)


class ReadsAllAndKeepsNoReceipt(Inboxes):
    def mark_all_read(self, user_id: str, at: int, receipt: Any = None) -> Any:
        return self.inner.mark_all_read(user_id, at)


class LetsTwoTakeTheSame(Inboxes):
    """Looks for what is due, lets others in, and only then notes that it was taken."""

    def take_due(self, now: int, until: int, limit: int) -> Any:
        inboxes = self.inner._state.inboxes
        due = [each for inbox in list(inboxes.values()) for each in list(inbox.values()) if each.due_at]
        found = sorted((each.due_at, each.id, each) for each in due if each.due_at <= now)[:limit]
        sleep(0.001)
        for _, _, each in found:
            inboxes[each.user_id][each.id] = msgspec.structs.replace(each, due_at=until)
        return [each for _, _, each in found]


class TakesTheShortestDueFirst(Inboxes):
    def take_due(self, now: int, until: int, limit: int) -> Any:
        return self.inner.take_due(now, until, 100)[::-1][:limit]


class TakesOnce(Inboxes):
    """What was taken is never due again, whoever died meanwhile."""

    def take_due(self, now: int, until: int, limit: int) -> Any:
        return self.inner.take_due(now, 2**50, limit)


class SweepsByTheAgeAlone(Inboxes):
    """When something was read is nothing to it."""

    def sweep(self, read_before: int, made_before: int, limit: int) -> Any:
        return self._swept(lambda each: each.created_at < made_before and each.due_at is None, limit)

    def _swept(self, old: Any, limit: int) -> int:
        inboxes = self.inner._state.inboxes
        doomed = [each for inbox in inboxes.values() for each in inbox.values() if old(each)][:limit]
        for each in doomed:
            del inboxes[each.user_id][each.id]
        return len(doomed)


class SweepsWhatHasToBeTold(SweepsByTheAgeAlone):
    def sweep(self, read_before: int, made_before: int, limit: int) -> Any:
        return self._swept(
            lambda each: (
                each.created_at < made_before if each.read_at is None else each.read_at < read_before
            ),
            limit,
        )


class SweepsAllNoticesAtOnce(Inboxes):
    def sweep(self, read_before: int, made_before: int, limit: int) -> Any:
        return self.inner.sweep(read_before, made_before, 1_000)


class SettlesTheWholeNotice(Inboxes):
    def settle(self, notice: Any) -> None:
        inbox = self.inner._state.inboxes.get(notice.user_id, {})
        if notice.id in inbox:
            inbox[notice.id] = notice


class BringsBackWhatIsGone(Inboxes):
    def settle(self, notice: Any) -> None:
        self.inner.notify(notice)
        self.inner.settle(notice)


class Announcements(Around):
    port = "announcements"


class ShowsExpiredAnnouncements(Announcements):
    def page(self, role: Any, now: int, after: Any, limit: int) -> Any:
        return self.inner.page(role, 0, after, limit)


class ShowsAnInstantTooLong(Announcements):
    def page(self, role: Any, now: int, after: Any, limit: int) -> Any:
        return self.inner.page(role, now - 1, after, limit)


class ShowsTheAnnouncementsOfEveryRole(Announcements):
    def page(self, role: Any, now: int, after: Any, limit: int) -> Any:
        return self.inner.page(None, now, after, limit)


class SiftsAPageThatWasCut(Announcements):
    """Cuts the page first and leaves out later what is not for that role: the rest seems to be none."""

    def page(self, role: Any, now: int, after: Any, limit: int) -> Any:
        return [
            each for each in self.inner.page(None, now, after, limit) if role is None or each.is_for(role)
        ]


class ForgetsTheAnnouncement(Announcements):
    def get(self, announcement_id: str) -> Any:
        found = self.inner.get(announcement_id)
        return None if found is None or found.expires_at is not None else found


class GetsAThousandAnnouncements(Announcements):
    def get_many(self, announcement_ids: Any) -> Any:
        return self.inner.get_many(announcement_ids[:1000])


class Followers(Around):
    port = "followers"


class NeverLetsGo(Followers):
    def unfollow(self, user_id: str, job_id: str) -> None:
        pass


class LetsAllGo(Followers):
    def unfollow(self, user_id: str, job_id: str) -> None:
        self.inner._state.followers.pop(job_id, None)


class ListsFollowersAsTheyCame(Followers):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.came: list[tuple[str, str]] = []

    def follow(self, user_id: str, job_id: str) -> None:
        self.inner.follow(user_id, job_id)
        self.came.append((job_id, user_id))

    def of(self, job_id: str) -> Any:
        there = self.inner.of(job_id)
        return [user for job, user in self.came if job == job_id and user in there]


class ListsWhatAnybodyFollows(Followers):
    def followed_by(self, user_id: str, after: Any, limit: int) -> Any:
        followed = self.inner._state.followers.items()
        return sorted(job for job, users in followed if users and (after is None or job > after))[:limit]


class KeepsWhatAnErasedUserFollows(Ledger):
    def commit(self, change: Any) -> None:
        followers = {job: set(users) for job, users in self.inner._state.followers.items()}
        self.inner.commit(change)
        self.inner._state.followers |= followers


class PushesToWhoWasErased(Ledger):
    def commit(self, change: Any) -> None:
        subscriptions = dict(self.inner._state.subscriptions)
        self.inner.commit(change)
        self.inner._state.subscriptions |= subscriptions


class AnnouncesTheSameAgain(Ledger):
    """Writes over an announcement that is there."""

    def commit(self, change: Any) -> None:
        if change.root.id in self.inner._state.announcements:
            change = msgspec.structs.replace(change, expected=1)
        self.inner.commit(change)


class Subscriptions(Around):
    port = "subscriptions"


class KeepsTwoOfOneEndpoint(Subscriptions):
    def keep(self, subscription: Any, receipt: Any = None) -> None:
        with self.inner._state.lock:
            self.inner._state.subscriptions[subscription.id] = subscription


class KeepsTheFirstOfAnEndpoint(Subscriptions):
    def keep(self, subscription: Any, receipt: Any = None) -> None:
        known = {each.endpoint for each in self.inner._state.subscriptions.values()}
        if subscription.endpoint not in known:
            self.inner.keep(subscription, receipt)


class DropsAnybodysSubscription(Subscriptions):
    def drop(self, user_id: str, subscription_id: str) -> Any:
        return self.inner._state.subscriptions.pop(subscription_id, None) is not None


class TellsNoEndpointsApartByCase(Subscriptions):
    def keep(self, subscription: Any, receipt: Any = None) -> None:
        kept = self.inner._state.subscriptions
        for each in list(kept.values()):
            if each.endpoint.lower() == subscription.endpoint.lower():
                del kept[each.id]
        self.inner.keep(subscription, receipt)


class SubscribesWhoeverAsksAgain(Subscriptions):
    def keep(self, subscription: Any, receipt: Any = None) -> None:
        self.inner.keep(subscription)


class Tickets(Around):
    port = "tickets"


class TakesATicketTwice(Tickets):
    def redeem(self, ticket_id: str, now: int, expires_at: int) -> Any:
        return self.inner.redeem(ticket_id, now, expires_at) or now < expires_at - 1


class LooksFirstAndRedeemsLater(Tickets):
    def redeem(self, ticket_id: str, now: int, expires_at: int) -> Any:
        if ticket_id in self.inner._state.tickets:
            return False
        sleep(0.002)
        self.inner.redeem(ticket_id, now, expires_at)
        return True


class RemembersFiftyTickets(Tickets):
    def redeem(self, ticket_id: str, now: int, expires_at: int) -> Any:
        used = self.inner._state.tickets
        for each in list(used)[:-50]:
            del used[each]
        return self.inner.redeem(ticket_id, now, expires_at)


class LetsOneTicketInAtATime(Tickets):
    """Takes every ticket for the same."""

    def redeem(self, ticket_id: str, now: int, expires_at: int) -> Any:
        return self.inner.redeem("the ticket", now, expires_at)

"""The contracts of announcements, followers, push subscriptions and tickets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from hypothesis import given

from hosanna_core.errors import Replayed
from hosanna_core.model.ids import MINUTE
from hosanna_core.model.people import Role
from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, unused
from hosanna_core.testing.contracts.spoiled import a_receipt
from hosanna_core.testing.racing import persistent, race
from hosanna_core.testing.samples import START, a_subscription, an_announcement, announcement_change, id_of

if TYPE_CHECKING:
    from hosanna_core.model.announcement import Announcement
    from hosanna_core.model.ids import Id
    from hosanna_core.model.push import PushSubscription
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)
THREADS: Final = 8


def announced(store: Store, announcement: Announcement) -> Announcement:
    """Commit a new announcement; answers it."""
    store.ledger.commit(announcement_change(announcement))
    return announcement


class AnnouncementsContract(StoreContract):
    """Reading announcements."""

    def shown(self, store: Store, role: Role | None, now: int = START, limit: int = 100) -> list[int]:
        """The numbers of the announcements that are listed, page by page."""
        found: list[Announcement] = []
        while page := store.announcements.page(role, now, found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        return [each.created_at - START for each in found]

    def test_what_was_never_announced_is_none(self, store: Store) -> None:
        announced(store, an_announcement(1))
        assert store.announcements.get(id_of(2)) is None

    def test_many_are_got_at_once_and_only_those_that_are_there(self, store: Store) -> None:
        made = [announced(store, an_announcement(number)) for number in (1, 2, 1_500)]
        wanted = [id_of(number) for number in (*range(2, 2_001), 2)]
        assert dict(store.announcements.get_many(wanted)) == {each.id: each for each in made[1:]}
        assert dict(store.announcements.get_many([id_of(7_000)])) == {}
        assert dict(store.announcements.get_many([])) == {}

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_announcements_are_paged_the_newest_first(self, store: Store, limit: int) -> None:
        for number in (3, 1, 7, 5, 2, 6, 4):
            announced(store, an_announcement(number))
        assert self.shown(store, None, limit=limit) == [7, 6, 5, 4, 3, 2, 1]

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_each_role_is_shown_its_own_and_what_is_for_everybody(self, store: Store, limit: int) -> None:
        for number, role in enumerate((*Role, None, *Role, None), start=1):
            announced(store, an_announcement(number, role=role))
        for first, role in enumerate(Role, start=1):
            assert self.shown(store, role, limit=limit) == [8, first + 4, 4, first]
        assert self.shown(store, None, limit=limit) == [8, 7, 6, 5, 4, 3, 2, 1]

    @pytest.mark.parametrize("limit", [1, 50])
    def test_what_has_expired_is_listed_no_more_and_can_still_be_got(self, store: Store, limit: int) -> None:
        for number, expires_at in ((1, None), (2, START + 50), (3, None), (4, START + 60)):
            announced(store, an_announcement(number, expires_at=expires_at))
        for now, numbers in ((49, [4, 3, 2, 1]), (50, [4, 3, 1]), (59, [4, 3, 1]), (60, [3, 1])):
            assert self.shown(store, Role.TECHNICIAN, START + now, limit) == numbers
            assert self.shown(store, None, START + now, limit) == numbers
        assert store.announcements.get(id_of(2)) == an_announcement(2, expires_at=START + 50)

    @shared_store
    @given(announcement=strategies.announcements())
    def test_every_announcement_comes_back_as_it_went_in(
        self, store: Store, announcement: Announcement
    ) -> None:
        number = unused(store)
        fresh = msgspec.structs.replace(announcement, id=id_of(number))
        announced(store, fresh)
        assert store.announcements.get(fresh.id) == fresh
        before_it_expires = (fresh.expires_at or fresh.created_at) - 1
        assert list(store.announcements.page(fresh.role, before_it_expires, id_of(number + 1), 1)) == [fresh]


class FollowersContract(StoreContract):
    """Who follows which jobs."""

    def test_who_follows_is_listed_until_they_do_not(self, store: Store) -> None:
        followers, job = store.followers, id_of(1)
        followers.follow(BOB, job)
        followers.follow(ANN, job)
        followers.follow(ANN, id_of(2))
        assert list(followers.of(job)) == [ANN, BOB]
        assert followers.follows(ANN, job)
        followers.unfollow(ANN, job)
        assert list(followers.of(job)) == [BOB]
        assert not followers.follows(ANN, job)
        assert (followers.follows(ANN, id_of(2)), followers.follows(BOB, job)) == (True, True)

    def test_to_follow_again_or_to_stop_again_changes_nothing(self, store: Store) -> None:
        followers, job = store.followers, id_of(1)
        followers.unfollow(ANN, job)
        for _ in range(2):
            followers.follow(ANN, job)
        assert list(followers.of(job)) == [ANN]
        for _ in range(2):
            followers.unfollow(ANN, job)
        assert list(followers.of(job)) == []
        followers.follow(ANN, job)
        assert list(followers.of(job)) == [ANN]

    def test_a_job_that_nobody_follows_has_no_followers(self, store: Store) -> None:
        store.followers.follow(ANN, id_of(1))
        assert list(store.followers.of(id_of(2))) == []
        assert not store.followers.follows(ANN, id_of(2))
        assert not store.followers.follows(BOB, id_of(1))

    def test_many_follow_in_the_order_of_their_ids(self, store: Store) -> None:
        for number in (5, 60, 3, 41, 7, 200, 1):
            store.followers.follow(id_of(number), id_of(1))
        assert list(store.followers.of(id_of(1))) == [id_of(number) for number in (1, 3, 5, 7, 41, 60, 200)]

    @pytest.mark.parametrize("limit", [1, 2, 50])
    def test_what_somebody_follows_is_paged_in_the_order_of_the_jobs_ids(
        self, store: Store, limit: int
    ) -> None:
        for number in (5, 60, 3, 41, 7):
            store.followers.follow(ANN, id_of(number))
            store.followers.follow(BOB, id_of(number + 1))
        store.followers.unfollow(ANN, id_of(41))
        found: list[Id] = []
        while page := store.followers.followed_by(ANN, found[-1] if found else None, limit):
            assert len(page) <= limit
            found += page
        assert found == [id_of(number) for number in (3, 5, 7, 60)]
        assert list(store.followers.followed_by(id_of(903), None, limit)) == []

    def test_eight_who_begin_to_follow_at_once_all_do(self, store: Store) -> None:
        self.needs("concurrency")
        users = [id_of(900 + k % 4) for k in range(THREADS)]
        race([partial(persistent, partial(store.followers.follow, user, id_of(1))) for user in users])
        assert list(store.followers.of(id_of(1))) == sorted(set(users))


class SubscriptionsContract(StoreContract):
    """Which devices want push messages."""

    def test_a_users_subscriptions_are_listed_in_the_order_of_their_ids(self, store: Store) -> None:
        kept = {number: a_subscription(number, ANN) for number in (3, 1, 2)}
        for subscription in (*kept.values(), a_subscription(4, BOB)):
            store.subscriptions.keep(subscription)
        assert list(store.subscriptions.of(ANN)) == [kept[1], kept[2], kept[3]]
        assert list(store.subscriptions.of(id_of(903))) == []

    def test_of_one_endpoint_there_is_one_subscription_whoever_brought_it_last(self, store: Store) -> None:
        endpoint = "https://push.example.com/the-tablet"
        store.subscriptions.keep(a_subscription(1, ANN, endpoint=endpoint))
        again = a_subscription(2, ANN, endpoint=endpoint)
        store.subscriptions.keep(again)
        store.subscriptions.keep(a_subscription(3, ANN))
        assert list(store.subscriptions.of(ANN)) == [again, a_subscription(3, ANN)]
        theirs = a_subscription(4, BOB, endpoint=endpoint, auth="another")
        store.subscriptions.keep(theirs)
        assert list(store.subscriptions.of(ANN)) == [a_subscription(3, ANN)]
        assert list(store.subscriptions.of(BOB)) == [theirs]

    def test_the_same_subscription_again_changes_nothing(self, store: Store) -> None:
        for _ in range(2):
            store.subscriptions.keep(a_subscription(1, ANN))
        assert list(store.subscriptions.of(ANN)) == [a_subscription(1, ANN)]

    def test_endpoints_are_told_apart_to_the_letter(self, store: Store) -> None:
        endpoints = (
            "https://push.example.com/a",
            "https://push.example.com/A",
            "https://push.example.com/a ",
        )
        for number, endpoint in enumerate(endpoints, start=1):
            store.subscriptions.keep(a_subscription(number, ANN, endpoint=endpoint))
        assert [each.endpoint for each in store.subscriptions.of(ANN)] == list(endpoints)

    def test_a_subscription_is_dropped_by_its_user_alone(self, store: Store) -> None:
        mine = a_subscription(1, ANN)
        store.subscriptions.keep(mine)
        assert not store.subscriptions.drop(BOB, mine.id)
        assert not store.subscriptions.drop(ANN, id_of(2))
        assert list(store.subscriptions.of(ANN)) == [mine]
        assert store.subscriptions.drop(ANN, mine.id)
        assert not store.subscriptions.drop(ANN, mine.id)
        assert list(store.subscriptions.of(ANN)) == []
        store.subscriptions.keep(mine)
        assert list(store.subscriptions.of(ANN)) == [mine]

    def test_a_request_to_subscribe_that_was_done_is_refused_and_changes_nothing(self, store: Store) -> None:
        receipt, mine = a_receipt("subscribe", START), a_subscription(1, ANN)
        store.subscriptions.keep(mine, receipt)
        with pytest.raises(Replayed):
            store.subscriptions.keep(a_subscription(2, ANN), a_receipt("subscribe", START + 1))
        assert list(store.subscriptions.of(ANN)) == [mine]
        assert store.receipts.get("subscribe", START) == receipt

    def test_of_eight_who_bring_one_endpoint_one_stays(self, store: Store) -> None:
        self.needs("concurrency")
        brought = [a_subscription(n, id_of(900 + n), endpoint="https://push.example.com/x") for n in range(8)]
        race([partial(persistent, partial(store.subscriptions.keep, each)) for each in brought])
        kept = [found for each in brought for found in store.subscriptions.of(each.user_id)]
        assert len(kept) == 1
        assert kept[0] in brought

    @shared_store
    @given(subscription=strategies.subscriptions())
    def test_every_subscription_comes_back_as_it_went_in(
        self, store: Store, subscription: PushSubscription
    ) -> None:
        number = unused(store)
        endpoint = f"{subscription.endpoint}/{number}"
        fresh = msgspec.structs.replace(subscription, id=id_of(number), endpoint=endpoint)
        store.subscriptions.keep(fresh)
        assert fresh in store.subscriptions.of(fresh.user_id)


class TicketsContract(StoreContract):
    """What may be used once."""

    def redeemed(self, store: Store, ticket: Id, now: int = START) -> bool:
        """Use a ticket that is good for a minute from the start."""
        return persistent(lambda: store.tickets.redeem(ticket, now, START + MINUTE))

    def test_a_ticket_is_used_once(self, store: Store) -> None:
        assert self.redeemed(store, id_of(1))
        assert not self.redeemed(store, id_of(1))
        assert self.redeemed(store, id_of(2))
        assert not self.redeemed(store, id_of(1))

    def test_that_it_was_used_is_remembered_until_it_expires(self, store: Store) -> None:
        assert self.redeemed(store, id_of(1))
        for now in (1, MINUTE // 2, MINUTE - 1):
            assert not self.redeemed(store, id_of(1), START + now)

    def test_however_many_are_used_and_forgotten_meanwhile(self, store: Store) -> None:
        assert store.tickets.redeem(id_of(1), START, START + 2 * MINUTE)
        for number in range(2, 90):
            assert store.tickets.redeem(id_of(number), START + number, START + MINUTE)
        for number in range(100, 190):
            assert store.tickets.redeem(id_of(number), START + MINUTE, START + 2 * MINUTE)
        for number in (1, 100, 189):
            assert not store.tickets.redeem(id_of(number), START + 2 * MINUTE - 1, START + 2 * MINUTE)

    def test_of_eight_who_use_one_ticket_exactly_one_is_let_in(self, store: Store) -> None:
        self.needs("concurrency")
        for number in range(1, 6):
            answers = race([partial(self.redeemed, store, id_of(number))] * THREADS)
            assert sorted(answers) == [False] * (THREADS - 1) + [True]

    def test_that_it_was_used_outlives_the_store(self, store: Store, request: pytest.FixtureRequest) -> None:
        self.needs("durable")
        assert self.redeemed(store, id_of(1))
        again = request.getfixturevalue("reopen")()
        assert not self.redeemed(again, id_of(1))

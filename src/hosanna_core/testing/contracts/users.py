"""The contract of `hosanna_core.ports.Users`."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from hosanna_core.model.change import Seat
from hosanna_core.model.people import Caller, Revoked, Role, SecondFactor
from hosanna_core.model.query import UserFilter
from hosanna_core.testing.contracts.base import StoreContract, stored_user
from hosanna_core.testing.reading import walk_users
from hosanna_core.testing.samples import START, a_user, after, id_of

if TYPE_CHECKING:
    from hosanna_core.model.people import User
    from hosanna_core.ports import Store


def staff(store: Store) -> list[User]:
    """Eighteen stored users of every role, some inactive, stored in another order than that of their ids."""
    roles = tuple(Role)
    users = [a_user(number, role=roles[number % 3], active=number % 4 > 0) for number in range(1, 19)]
    return [stored_user(store, user) for user in sorted(users, key=lambda user: user.id[::-1])]


class UsersContract(StoreContract):
    """Reading users."""

    def test_a_user_is_found_by_id_and_by_address(self, store: Store) -> None:
        ann, bob = stored_user(store, a_user(1)), stored_user(store, a_user(2))
        assert (store.users.get(ann.id), store.users.by_email(bob.email)) == (ann, bob)

    def test_nobody_is_none(self, store: Store) -> None:
        stored_user(store, a_user(1))
        assert store.users.get(id_of(2)) is None
        assert store.users.caller(id_of(2)) is None
        assert store.users.by_email("nobody@example.com") is None
        assert store.users.by_email("USER1@example.com") is None

    def test_many_are_got_at_once_and_only_those_who_are_there(self, store: Store) -> None:
        made = [stored_user(store, a_user(number)) for number in (1, 2, 1_500)]
        wanted = [id_of(number) for number in (*range(2, 2_001), 2)]
        assert dict(store.users.get_many(wanted)) == {each.id: each for each in made[1:]}
        assert dict(store.users.get_many([id_of(7_000)])) == {}
        assert dict(store.users.get_many([])) == {}

    def test_a_caller_is_what_the_user_is_now(self, store: Store) -> None:
        user = stored_user(store, a_user(1, role=Role.OFFICE_MANAGER))
        assert store.users.caller(user.id) == Caller(
            id=user.id, role=Role.OFFICE_MANAGER, active=True, session_epoch=0
        )
        user = stored_user(store, after(user, active=False, role=Role.TECHNICIAN, session_epoch=3), user)
        assert store.users.caller(user.id) == Caller(
            id=user.id, role=Role.TECHNICIAN, active=False, session_epoch=3
        )
        ended = (Revoked(id_of(7), START), Revoked(id_of(8), START + 1))
        for factor in (SecondFactor(nonce=b"n" * 16), SecondFactor(nonce=b"n" * 16, confirmed=True)):
            user = stored_user(store, after(user, revoked=ended, second_factor=factor), user)
            assert store.users.caller(user.id) == user.caller
            assert store.users.caller(user.id) == Caller(
                id=user.id,
                role=Role.TECHNICIAN,
                active=False,
                session_epoch=3,
                revoked=(id_of(7), id_of(8)),
                second_factor=factor.confirmed,
            )

    def test_who_is_calling_is_never_what_was_before_a_change_that_was_answered(self, store: Store) -> None:
        user = stored_user(store, a_user(1, role=Role.OFFICE_MANAGER))
        assert store.users.calling(id_of(2)) is None
        for values in (
            {"role": Role.TECHNICIAN},
            {"session_epoch": 1},
            {"revoked": (Revoked(id_of(7), START),)},
            {"active": False},
            {"active": True},
        ):
            assert store.users.calling(user.id) == user.caller
            user = stored_user(store, after(user, **values), user)
            assert store.users.calling(user.id) == user.caller

    def test_a_user_who_changed_the_address_is_found_by_the_new_one_only(self, store: Store) -> None:
        user = stored_user(store, a_user(1))
        moved = stored_user(store, after(user, email="new@example.com"), user)
        assert store.users.by_email("new@example.com") == moved
        assert store.users.by_email(user.email) is None

    @pytest.mark.parametrize("limit", [1, 4, 18, 50])
    def test_the_list_is_in_the_order_of_the_ids_however_it_is_paged(self, store: Store, limit: int) -> None:
        users = sorted(staff(store), key=lambda user: user.id)
        for role, active in product((None, *Role), (None, True, False)):
            wanted = UserFilter(role=role, active=active)
            listed = walk_users(store, wanted, limit=limit)
            assert listed == [u for u in users if role in (None, u.role) and active in (None, u.active)]

    def test_a_seat_among_the_administrators_changes_nothing_about_the_user(self, store: Store) -> None:
        user = stored_user(store, a_user(1, role=Role.ADMINISTRATOR), seat=Seat(id_of(1), joins=True))
        assert store.users.get(user.id) == user

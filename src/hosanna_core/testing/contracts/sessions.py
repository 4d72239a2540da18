"""The contract of `hosanna_core.ports.Sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from hosanna_core.testing import strategies
from hosanna_core.testing.contracts.base import StoreContract, shared_store, stored_user, unused
from hosanna_core.testing.samples import a_session, a_user, after, id_of, session_change, user_change

if TYPE_CHECKING:
    from hosanna_core.model.session import Session
    from hosanna_core.ports import Store

ANN, BOB = id_of(901), id_of(902)


def opened(store: Store, session: Session) -> Session:
    """Commit a new session; answers it."""
    store.ledger.commit(session_change(session))
    return session


class SessionsContract(StoreContract):
    """Reading sessions."""

    def test_a_session_is_found_by_its_id(self, store: Store) -> None:
        mine = opened(store, a_session(1, ANN))
        opened(store, a_session(2, BOB))
        assert store.sessions.get(mine.id) == mine

    def test_what_was_never_opened_is_none(self, store: Store) -> None:
        opened(store, a_session(1, ANN))
        assert store.sessions.get(id_of(2)) is None
        assert list(store.sessions.of(BOB, 10)) == []

    @shared_store
    @given(session=strategies.sessions())
    def test_every_session_comes_back_as_it_went_in(self, store: Store, session: Session) -> None:
        fresh = msgspec.structs.replace(session, id=id_of(unused(store)))
        opened(store, fresh)
        assert store.sessions.get(fresh.id) == fresh

    @pytest.mark.parametrize("limit", [1, 3, 6, 50])
    def test_a_users_sessions_are_listed_the_newest_first(self, store: Store, limit: int) -> None:
        mine = [opened(store, a_session(number, ANN)) for number in (3, 1, 5, 2, 6, 4)]
        for number in (7, 8):
            opened(store, a_session(number, BOB))
        newest_first = sorted(mine, key=lambda session: session.id, reverse=True)
        assert list(store.sessions.of(ANN, limit)) == newest_first[:limit]

    def test_a_session_is_shown_as_it_is_now(self, store: Store) -> None:
        first = opened(store, a_session(1, ANN))
        assert store.sessions.get(first.id) == first
        second = after(first, token_hash=b"2" * 32)
        store.ledger.commit(session_change(second, first))
        assert store.sessions.get(first.id) == second
        assert list(store.sessions.of(ANN, 10)) == [second]

    def test_a_session_that_has_ended_is_listed_no_more(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        ended, other = (opened(store, a_session(number, user.id)) for number in (1, 2))
        store.ledger.commit(user_change(after(user), user, ends=(ended.id,)))
        assert list(store.sessions.of(user.id, 10)) == [other]
        found = store.sessions.get(ended.id)
        assert found is not None
        assert found.ended_at is not None

    def test_ended_sessions_take_no_place_in_a_short_list(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        sessions = [opened(store, a_session(number, user.id)) for number in range(1, 7)]
        ends = tuple(session.id for session in sessions[2:])
        store.ledger.commit(user_change(after(user), user, ends=ends))
        assert list(store.sessions.of(user.id, 2)) == [sessions[1], sessions[0]]

    @pytest.mark.parametrize("limit", [1, 2, 6, 50])
    def test_all_sessions_of_a_user_ended_ones_too_are_paged_the_newest_first(
        self, store: Store, limit: int
    ) -> None:
        user = stored_user(store, a_user(901))
        mine = [opened(store, a_session(number, user.id)) for number in (3, 1, 5, 2, 6, 4)]
        opened(store, a_session(7, BOB))
        store.ledger.commit(user_change(after(user), user, ends=(mine[0].id, mine[4].id)))
        found: list[Session] = []
        while page := store.sessions.all_of(user.id, found[-1].id if found else None, limit):
            assert len(page) <= limit
            found += page
        assert [each.id for each in found] == sorted((each.id for each in mine), reverse=True)
        assert found == [store.sessions.get(each.id) for each in found]
        assert {each.id for each in found if each.ended_at is not None} == {mine[0].id, mine[4].id}

    def test_a_place_is_known_to_the_user_who_opened_a_session_there(self, store: Store) -> None:
        opened(store, a_session(1, ANN, address_key=b"here" * 4))
        assert store.sessions.known(ANN, b"here" * 4)
        assert not store.sessions.known(ANN, b"away" * 4)
        assert not store.sessions.known(BOB, b"here" * 4)

    def test_a_place_stays_known_when_its_session_has_ended(self, store: Store) -> None:
        user = stored_user(store, a_user(901))
        session = opened(store, a_session(1, user.id))
        store.ledger.commit(user_change(after(user), user, ends=(session.id,)))
        assert store.sessions.known(user.id, session.address_key)

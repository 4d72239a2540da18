"""The smaller books: users, calendars, receipts, and the store's secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.model.query import Page, Position, UserFilter, UserPage
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.people import Caller, User
    from hosanna_core.model.schedule import Calendar


class MemoryUsers:
    """The users of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, user_id: UserId) -> User | None:
        return self._state.users.get(user_id)

    def get_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, User]:
        kept = self._state.users
        with self._state.lock:
            return {each: kept[each] for each in user_ids if each in kept}

    def by_email(self, email: str) -> User | None:
        with self._state.lock:
            user_id = self._state.emails.get(email)
            return None if user_id is None else self._state.users[user_id]

    def caller(self, user_id: UserId) -> Caller | None:
        user = self._state.users.get(user_id)
        return None if user is None else user.caller

    def calling(self, user_id: UserId) -> Caller | None:
        return self.caller(user_id)

    def page(self, wanted: UserFilter, after: Id | None, limit: int) -> UserPage:
        with self._state.lock:
            found = sorted(
                (user for user in self._state.users.values() if _wanted(user, wanted, after)),
                key=lambda user: user.id,
            )
        rows = tuple(found[:limit])
        return Page(rows, Position((), rows[-1].id) if len(found) > limit else None)


def _wanted(user: User, wanted: UserFilter, after: Id | None) -> bool:
    return (
        wanted.role in (None, user.role)
        and wanted.active in (None, user.active)
        and (after is None or user.id > after)
    )


class MemoryCalendars:
    """The calendars of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def of(self, technician_ids: Sequence[UserId]) -> Mapping[UserId, Calendar]:
        kept = self._state.calendars
        with self._state.lock:
            return {each: kept[each] for each in technician_ids if each in kept}


class MemoryReceipts:
    """The receipts of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, key: str, now: Millis) -> Receipt | None:
        receipt = self._state.receipts.get(key)
        return receipt if receipt is not None and receipt.at > now - KEPT_FOR else None


class MemoryKeystore:
    """The secret's slot of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def wrapped(self) -> bytes | None:
        return self._state.secret

    def keep(self, wrapped: bytes, instead_of: bytes | None) -> bytes:
        with self._state.lock:
            if self._state.secret is None or self._state.secret == instead_of:
                self._state.secret = wrapped
            return self._state.secret

    def mark(self) -> bytes | None:
        return self._state.mark

    def keep_mark(self, mark: bytes, instead_of: bytes | None) -> bytes:
        with self._state.lock:
            if self._state.mark is None or self._state.mark == instead_of:
                self._state.mark = mark
            return self._state.mark

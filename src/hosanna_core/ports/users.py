"""Reading users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import Id, UserId
    from hosanna_core.model.people import Caller, User
    from hosanna_core.model.query import UserFilter, UserPage


class Users(Protocol):
    """The stored users."""

    def get(self, user_id: UserId) -> User | None:
        """The user, None if there is none."""

    def get_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, User]:
        """Those of the users that are there, in one read, however many are asked for."""

    def by_email(self, email: str) -> User | None:
        """The user with this address, which must be given in its normalised form."""

    def caller(self, user_id: UserId) -> Caller | None:
        """What decides whether a token of this user may act, as it is now, in one cheap read."""

    def calling(self, user_id: UserId) -> Caller | None:
        """The same for whoever comes with a token: it may be what was read shortly before, which costs nothing.

        Never what it was before a change that `Ledger.commit` has answered, in whatever process: a store that keeps
        such answers lets a change of a user wait until none is left.
        """

    def page(self, wanted: UserFilter, after: Id | None, limit: int) -> UserPage:
        """At most *limit* users in the order of their ids, that is of their making; `next.keys` is empty."""

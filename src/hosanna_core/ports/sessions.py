"""Reading sessions; they are written by `Ledger.commit` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.ids import UserId
    from hosanna_core.model.session import Session, SessionId


class Sessions(Protocol):
    """The stored sessions, ended ones among them until they would have expired: they show which places are known.

    A store may drop a session once its `expires_at` has passed.
    """

    def get(self, session_id: SessionId) -> Session | None:
        """The session, None if there is none."""

    def of(self, user_id: UserId, limit: int) -> Sequence[Session]:
        """At most *limit* of a user's sessions that have not ended, newest first (by id, descending)."""

    def all_of(self, user_id: UserId, after: SessionId | None, limit: int) -> Sequence[Session]:
        """At most *limit* of all that is stored of a user's sessions, newest first as in `of`, those below *after*."""

    def known(self, user_id: UserId, address_key: bytes) -> bool:
        """Whether a session of this user, ended or not, was opened from that place."""

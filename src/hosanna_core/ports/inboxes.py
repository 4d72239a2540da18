"""Telling people, and what they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.notice import Notice


class Notifier(Protocol):
    """A way to tell somebody something: an inbox, e-mail, whatever a plugin brings."""

    def notify(self, notice: Notice) -> None:
        """Hand over one notice. Telling the same notice (by its id) again changes nothing, also once it is read."""


class Inboxes(Notifier, Protocol):
    """The inbox that every store has: `Ledger.commit` puts the notices of a change here in the same commit."""

    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        """At most *limit* notices of one user, newest first (by id, descending), those below *after*."""

    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        """Note when it was first read; False if this user has no such notice. Again changes nothing."""

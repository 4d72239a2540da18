"""Telling people, and the inbox that they all have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.change import Receipt
    from hosanna_core.model.ids import Id, Millis, UserId
    from hosanna_core.model.notice import Notice


class Notifier(Protocol):
    """A way to tell somebody something: an inbox, e-mail, whatever a plugin brings."""

    def notify(self, notice: Notice) -> None:
        """Hand over one notice. Telling the same notice (by its id) again changes nothing, also once it is read."""


class Inboxes(Notifier, Protocol):
    """The inbox that every store has: `Ledger.commit` puts the notices of a change here in the same commit.

    A notice that is new brings its event `rules.notices.created` to the feed, in the same commit, and one that is read
    for the first time `rules.notices.read`.
    """

    def notices(self, user_id: UserId, after: Id | None, limit: int) -> Sequence[Notice]:
        """At most *limit* notices of one user, newest first (by id, descending), those below *after*."""

    def get(self, user_id: UserId, notice_id: Id) -> Notice | None:
        """One notice of that user, None if they have no such notice."""

    def get_many(self, wanted: Sequence[tuple[UserId, Id]]) -> Mapping[Id, Notice]:
        """What `get` answers for each of these, by the notice's id, without those that are None."""

    def unread(self, user_id: UserId, now: Millis) -> int:
        """How many of a user's notices are not read and not expired."""

    def unread_of(self, user_ids: Sequence[UserId], now: Millis) -> Mapping[UserId, int]:
        """What `unread` answers for each of these users, also where that is none."""

    def mark_read(self, user_id: UserId, notice_id: Id, at: Millis) -> bool:
        """Note when it was first read; False if this user has no such notice. Again changes nothing."""

    def mark_all_read(self, user_id: UserId, at: Millis, receipt: Receipt | None = None) -> int:
        """Note of all that this user has not read that it is; how many that were.

        A *receipt* is kept in the same commit, with that number as its version. Raises Replayed, as `Ledger.commit`
        does, and notes nothing then.
        """

    def take_due(self, now: Millis, until: Millis, limit: int) -> Sequence[Notice]:
        """At most *limit* notices that are due by *now*, the longest due first; they are due again at *until*.

        Of several who take at once each notice goes to one alone.
        """

    def sweep(self, read_before: Millis, made_before: Millis, limit: int) -> int:
        """Forget at most *limit* notices that were read before *read_before*, or never and made before *made_before*.

        How many that were. What waits to be told on another way stays. The feed hears nothing of it.
        """

    def settle(self, notice: Notice) -> None:
        """Keep *notice*'s `channels` and `due_at` in the place of those that are stored; nothing if it is gone."""

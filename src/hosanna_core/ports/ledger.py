"""The only door through which anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import AnyChange


class Ledger(Protocol):
    """Commits changes. What was acknowledged survives the death of the process."""

    def commit(self, change: AnyChange) -> None:
        """Store the change whole or not at all.

        With the root go its history entry (appended), its events (to the feed, in this order), its notices (to the
        inboxes, and of each the event `rules.notices.created` to the feed), the calendars' next states, the
        Administrators' guard, the claims, the receipt, the sessions that it opens and ends, and its audit entries; it
        forgets what `Change.forgets` says. For a job also what is derived from it: sort keys
        (`rules.ordering.keys_of`), words (`rules.words.words_of`) and its document (`model.documents.body_of`).

        Each of *change.audit*, in this order, becomes the next entry of its stream (`rules.trail.sealed_after` the
        stream's head) and moves the head; an entry is never changed again, but for what erasing removes.

        Where several refusals apply, the first of this list is raised, and nothing at all is stored:

        - Replayed: a receipt with the same key, not older than 24 hours, exists;
        - StaleVersion: the root's stored version is not *change.expected* (None: a root with this id exists), or it
          is a session that has ended;
        - Taken(kind): a claim's kind and value are held already, or ("email") another user has the user's e-mail;
        - GuardRefused: the seat leaves, and no other active Administrator is known to the guard;
        - StaleCalendar: a calendar's stored version is not one less than the given one's (0: none stored).

        Raises Busy if the store could not take it in time: nothing was stored then, unless its words say that nobody
        knows, since the store went away in the middle.
        """

    def record(self, audit: Sequence[AuditFacts]) -> None:
        """Store audit entries that belong to no change, all or none; in order as in `commit`. Raises Busy."""

    def commit_each(self, changes: Sequence[AnyChange]) -> list[CommitRefused | None]:
        """Commit many, each whole or not at all, in their order; one refused change does not stop the others.

        Answers for each None, or the refusal that `commit` would have raised. May be much faster than one by one:
        a store may put many into one durable write, which is stored whole or not at all.

        Raises Busy if the store could not take all of them in time. The writes before may have been stored then (of a
        store that makes one write of it all: nothing), so who hands the same changes over again reads StaleVersion
        for a new root as "stored by then".
        """

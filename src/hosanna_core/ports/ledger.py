"""The only door through which anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_core.errors import CommitRefused
    from hosanna_core.model.change import Change
    from hosanna_core.model.job import Job
    from hosanna_core.model.people import User


class Ledger(Protocol):
    """Commits changes. What was acknowledged survives the death of the process."""

    def commit(self, change: Change[Job] | Change[User]) -> None:
        """Store the change whole or not at all.

        With the root go its history entry (appended), its events (to the feed, in this order), its notices (to the
        inboxes), the calendars' next states, the Administrators' guard, the claims and the receipt; for a job also
        what is derived from it: sort keys (`rules.ordering.keys_of`), words (`rules.words.words_of`) and its document
        (`model.documents.body_of`).

        Where several refusals apply, the first of this list is raised, and nothing at all is stored:

        - Replayed: a receipt with the same key, not older than 24 hours, exists;
        - StaleVersion: the root's stored version is not *change.expected* (None: a root with this id exists);
        - Taken(kind): a claim's kind and value are held already, or ("email") another user has the user's e-mail;
        - GuardRefused: the seat leaves, and no other active Administrator is known to the guard;
        - StaleCalendar: a calendar's stored version is not one less than the given one's (0: none stored).

        Raises Busy if the store could not take it in time; then nothing was stored.
        """

    def commit_each(self, changes: Sequence[Change[Job] | Change[User]]) -> list[CommitRefused | None]:
        """Commit many, each whole or not at all, in their order; one refused change does not stop the others.

        Answers for each None, or the refusal that `commit` would have raised. May be much faster than one by one:
        a store may put many into one durable write, which is stored whole or not at all.

        Raises Busy if the store could not take all of them in time. The writes before may have been stored then (of a
        store that makes one write of it all: nothing), so who hands the same changes over again reads StaleVersion
        for a new root as "stored by then".
        """

"""Reading what is counted; it is written by `Ledger.commit` and `Snapshots.load` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_core.model.ids import Millis
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.status import Standing
    from hosanna_core.model.tally import Reason, Sought, Sum
    from hosanna_core.rules.visibility import Scope


class Tallies(Protocol):
    """Sums over all jobs, from what was counted with each change or from an index: never a walk of the jobs.

    With each change of a job goes `rules.tallies.account_of` it, whole or not at all with the rest; with a job that
    is loaded, `rules.tallies.account_from` its history. What a store held before it could count is counted when it
    is opened.
    """

    def sums(self, wanted: Sequence[Sought]) -> Sequence[Sequence[Sum]]:
        """Of each that is sought what was counted, by measure, key, bucket and group; in no order, without zeros.

        All is asked for at once, so that a report costs a store no question for each piece of its time.
        """

    def standing(self, scope: Scope, since: Sequence[Millis]) -> Mapping[Standing, Sequence[int]]:
        """Of each standing of *scope* how many jobs there are now, by when they were created.

        *since* are falling instants: the first number is of those created at or after the first of them, the next of
        those before it and at or after the second, the last of all that are older. The scope is of no technician.
        """

    def reasons(self, scope: Scope, period: Window, limit: int) -> Sequence[Reason]:
        """The newest *limit* reasons at most that were given in *period* for jobs that *scope* admits now.

        Of the actions of `rules.tallies.REASONED`. At most a bounded number of those that others gave are passed over.
        """

    def sign_ins(self, period: Window) -> Sequence[Sum]:
        """How often each user has signed in: the key is the user, the group the slot (`model.tally.slot_of`).

        From the audit trail: its entries `rules.tallies.SIGNED_IN` that succeeded. The measure is ACTED.
        """

"""What is counted, in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from hosanna_core.model.audit import AuditFilter, Outcome
from hosanna_core.model.tally import Account, Measure, Reason, Sum, slot_of
from hosanna_core.rules.history import read
from hosanna_core.rules.tallies import SIGNED_IN, added_up, at_every_width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.ids import JobId, Millis, Version
    from hosanna_core.model.schedule import Window
    from hosanna_core.model.status import Standing
    from hosanna_core.model.tally import Sought, Tally
    from hosanna_core.rules.visibility import Scope

_EVERYTHING = 10**9


class Counts:
    """The tallies, and where the reasons stand; whoever calls holds the lock."""

    def __init__(self) -> None:
        self.tallies: Counter[Tally] = Counter()
        self.reasons: list[tuple[Millis, JobId, Version]] = []

    def add(self, job_id: JobId, account: Account) -> None:
        """Count what a change, or the history of a job that is loaded, adds."""
        for tally, count in at_every_width(account.tallies).items():
            self.tallies[tally] += count
            if not self.tallies[tally]:
                del self.tallies[tally]
        self.reasons += [(given.at, job_id, given.version) for given in account.reasons]


class MemoryTallies:
    """The tallies of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def sums(self, wanted: Sequence[Sought]) -> Sequence[Sequence[Sum]]:
        with self._state.lock:
            held = tuple(self._state.counts.tallies.items())
        return added_up(held, wanted)

    def standing(self, scope: Scope, since: Sequence[Millis]) -> Mapping[Standing, Sequence[int]]:
        found = {standing: [0] * (len(since) + 1) for standing in scope.standings}
        rising = [-cut for cut in since]
        with self._state.lock:
            for job in self._state.jobs.values():
                if scope.admits(job.place):
                    found[job.standing][bisect_left(rising, -job.created_at)] += 1
        return found

    def reasons(self, scope: Scope, period: Window, limit: int) -> Sequence[Reason]:
        state, found = self._state, list[Reason]()
        with state.lock:
            for at, job_id, version in sorted(state.counts.reasons, reverse=True):
                if period.start <= at < period.end and scope.admits(state.jobs[job_id].place):
                    entry = state.histories[job_id][version - 1]
                    found.append(Reason(job_id, at, read(entry).action, entry.open.get("reason")))
                if len(found) == limit:
                    break
        return found

    def sign_ins(self, period: Window) -> Sequence[Sum]:
        wanted = AuditFilter(action=SIGNED_IN, outcome=Outcome.SUCCESS, since=period.start, until=period.end)
        with self._state.lock:
            entries = self._state.trail.newest(wanted, None, _EVERYTHING)
        found = Counter(
            (entry.actor_id, slot_of(entry.at)) for entry in entries if entry.actor_id is not None
        )
        return [Sum(Measure.ACTED, str(user_id), 0, slot, count) for (user_id, slot), count in found.items()]

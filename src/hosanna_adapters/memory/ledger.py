"""Writing: judge everything, then store everything, under one lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_core.errors import CommitRefused, GuardRefused, Replayed, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.job import Job
from hosanna_core.ports.receipts import KEPT_FOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.change import Change, Receipt
    from hosanna_core.model.people import User
    from hosanna_core.model.schedule import Calendar


class MemoryLedger:
    """The only writer of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def commit(self, change: Change[Job] | Change[User]) -> None:
        with self._state.lock:
            refusal = _refusal(self._state, change)
            if refusal is not None:
                raise refusal
            _store(self._state, change)

    def commit_each(self, changes: Sequence[Change[Job] | Change[User]]) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for change in changes:
            with self._state.lock:
                refusal = _refusal(self._state, change)
                if refusal is None:
                    _store(self._state, change)
            outcomes.append(refusal)
        return outcomes


def _refusal(state: State, change: Change[Job] | Change[User]) -> CommitRefused | None:
    root, receipt, seat = change.root, change.receipt, change.seat
    if receipt is not None and _answers(state.receipts.get(receipt.key), receipt):
        return Replayed()
    stored = state.jobs.get(root.id) if isinstance(root, Job) else state.users.get(root.id)
    if (None if stored is None else stored.version) != change.expected:
        return StaleVersion()
    for claim in change.claims:
        if (claim.kind, claim.value) in state.claims:
            return Taken(claim.kind)
    if not isinstance(root, Job) and state.emails.get(root.email, root.id) != root.id:
        return Taken("email")
    if seat is not None and not seat.joins and state.administrators <= {seat.user_id}:
        return GuardRefused()
    return StaleCalendar() if change.calendars and _stale(state, change.calendars) else None


def _answers(kept: Receipt | None, new: Receipt) -> bool:
    return kept is not None and kept.at > new.at - KEPT_FOR


def _stale(state: State, calendars: Sequence[Calendar]) -> bool:
    for calendar in calendars:
        stored = state.calendars.get(calendar.technician_id)
        if (0 if stored is None else stored.version) != calendar.version - 1:
            return True
    return False


def _store(state: State, change: Change[Job] | Change[User]) -> None:
    """Nothing here can fail: a change is stored whole."""
    root = change.root
    if isinstance(root, Job):
        _store_job(state, root)
        if change.entry is not None:
            state.histories.setdefault(root.id, []).append(change.entry)
    else:
        _store_user(state, root)
    state.events.extend(change.events)
    for notice in change.notices:
        state.inboxes.setdefault(notice.user_id, {}).setdefault(notice.id, notice)
    for calendar in change.calendars:
        state.calendars[calendar.technician_id] = calendar
    for claim in change.claims:
        state.claims.add((claim.kind, claim.value))
    if change.seat is not None:
        (state.administrators.add if change.seat.joins else state.administrators.discard)(change.seat.user_id)
    if change.receipt is not None:
        _store_receipt(state, change.receipt)


def _store_job(state: State, job: Job) -> None:
    before = state.jobs.get(job.id)
    state.jobs[job.id] = job
    state.shelves.put(before, job)
    state.bodies.pop(job.id, None)
    if before is not None and not _same_text(before, job):
        state.words.pop(job.id, None)


def _same_text(before: Job, job: Job) -> bool:
    return (
        before.title == job.title
        and before.description == job.description
        and before.customer == job.customer
        and before.site.street == job.site.street
        and before.number == job.number
    )


def _store_user(state: State, user: User) -> None:
    before = state.users.get(user.id)
    if before is not None and before.email != user.email:
        del state.emails[before.email]
    state.emails[user.email] = user.id
    state.users[user.id] = user


def _store_receipt(state: State, receipt: Receipt) -> None:
    kept = state.receipts
    kept.pop(receipt.key, None)
    kept[receipt.key] = receipt
    while kept:
        oldest = next(iter(kept.values()))
        if oldest.at > receipt.at - KEPT_FOR:
            return
        del kept[oldest.key]

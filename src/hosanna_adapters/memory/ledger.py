"""Writing: judge everything, then store everything, under one lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hosanna_adapters.memory.receipts import is_replayed, keep_receipt
from hosanna_adapters.memory.telling import forget_follower, keep_notice
from hosanna_core.errors import CommitRefused, GuardRefused, Replayed, StaleCalendar, StaleVersion, Taken
from hosanna_core.model.announcement import Announcement
from hosanna_core.model.api_key import ApiKey
from hosanna_core.model.dayplan import DayPlan
from hosanna_core.model.firm import Firm
from hosanna_core.model.job import Job
from hosanna_core.model.people import User
from hosanna_core.model.session import Session
from hosanna_core.model.webhook import Webhook
from hosanna_core.rules.tallies import account_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hosanna_adapters.memory.state import State
    from hosanna_core.model.audit import AuditFacts
    from hosanna_core.model.change import AnyChange, Change, Root
    from hosanna_core.model.schedule import Calendar


class MemoryLedger:
    """The only writer of a `MemoryStore`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def commit(self, change: AnyChange) -> None:
        with self._state.lock:
            refusal = _refusal(self._state, change)
            if refusal is not None:
                raise refusal
            _store(self._state, change)

    def record(self, audit: Sequence[AuditFacts]) -> None:
        with self._state.lock:
            self._state.trail.append(audit)

    def commit_each(self, changes: Sequence[AnyChange]) -> list[CommitRefused | None]:
        outcomes: list[CommitRefused | None] = []
        for change in changes:
            with self._state.lock:
                refusal = _refusal(self._state, change)
                if refusal is None:
                    _store(self._state, change)
            outcomes.append(refusal)
        return outcomes


def _refusal(state: State, change: AnyChange) -> CommitRefused | None:
    root, seat = change.root, change.seat
    if is_replayed(state, change.receipt):
        return Replayed()
    stored = _stored(state, root)
    if (None if stored is None else stored.version) != change.expected:
        return StaleVersion()
    if isinstance(stored, Session) and stored.ended_at is not None:
        return StaleVersion()
    for claim in change.claims:
        if (claim.kind, claim.value) in state.claims:
            return Taken(claim.kind)
    if isinstance(root, User) and state.emails.get(root.email, root.id) != root.id:
        return Taken("email")
    if seat is not None and not seat.joins and state.administrators <= {seat.user_id}:
        return GuardRefused()
    return StaleCalendar() if change.calendars and _stale(state, change.calendars) else None


def _stored(state: State, root: Root) -> Root | None:
    if isinstance(root, Job):
        return state.jobs.get(root.id)
    if isinstance(root, User):
        return state.users.get(root.id)
    if isinstance(root, Announcement):
        return state.announcements.get(root.id)
    if isinstance(root, DayPlan):
        return state.dayplans.get(root.id)
    if isinstance(root, Firm):
        return state.firm if state.firm.version else None
    if isinstance(root, ApiKey):
        return state.api_keys.get(root.id)
    if isinstance(root, Webhook):
        return state.webhooks.get(root.id)
    return state.doors.get(root.id)


def _stale(state: State, calendars: Sequence[Calendar]) -> bool:
    for calendar in calendars:
        stored = state.calendars.get(calendar.technician_id)
        if (0 if stored is None else stored.version) != calendar.version - 1:
            return True
    return False


def _store(state: State, change: AnyChange) -> None:
    """Nothing here can fail: a change is stored whole."""
    if change.forgets:
        _forget(state, change.root)
    _store_root(state, change)
    state.log.extend(change.events)
    for notice in change.notices:
        keep_notice(state, notice)
    for calendar in change.calendars:
        state.calendars[calendar.technician_id] = calendar
    for claim in change.claims:
        state.claims.add((claim.kind, claim.value))
    if change.seat is not None:
        (state.administrators.add if change.seat.joins else state.administrators.discard)(change.seat.user_id)
    if change.receipt is not None:
        keep_receipt(state, change.receipt)
    state.trail.append(change.audit)


def _forget(state: State, root: Root) -> None:
    if isinstance(root, Job):
        told = state.histories.get(root.id, [])
        told[:] = [msgspec.structs.replace(entry, open={}) for entry in told]
    elif isinstance(root, User):
        state.doors.forget(root.id)
        state.inboxes.pop(root.id, None)
        forget_follower(state, root.id)
        state.trail.forget(root.id)


def _store_root(state: State, change: AnyChange) -> None:
    root = change.root
    if isinstance(root, Session):
        state.doors.put(root)
    elif isinstance(root, Announcement):
        state.announcements[root.id] = root
    elif isinstance(root, DayPlan):
        state.dayplans[root.id] = root
    elif isinstance(root, Firm):
        state.firm = root
    elif isinstance(root, ApiKey):
        state.api_keys[root.id] = root
    elif isinstance(root, Webhook):
        state.webhooks[root.id] = root
    elif isinstance(root, User):
        put_user(state, root)
        state.doors.end(root.id, change.ends, root.updated_at)
        if change.opens is not None:
            state.doors.put(change.opens)
    elif isinstance(change.root, Job):
        _store_job(state, change)


def _store_job(state: State, change: Change[Job]) -> None:
    job = change.root
    told = state.histories.setdefault(job.id, [])
    state.counts.add(job.id, account_of(change, lambda: told))
    put_job(state, job)
    if change.entry is not None:
        told.append(change.entry)


def put_job(state: State, job: Job) -> None:
    """Store a job and what is derived from it; the caller holds the lock."""
    before = state.jobs.get(job.id)
    state.jobs[job.id] = job
    state.shelves.put(before, job)
    state.bodies.pop(job.id, None)
    if before is not None and not _same_text(before, job):
        state.words.pop(job.id, None)
    if before is None or before.customer_keys != job.customer_keys:
        _store_customer(state, before, job)


def _store_customer(state: State, before: Job | None, job: Job) -> None:
    for key in () if before is None else before.customer_keys:
        state.customers[key].discard(job.id)
    for key in job.customer_keys:
        state.customers.setdefault(key, set()).add(job.id)


def _same_text(before: Job, job: Job) -> bool:
    return (
        before.title == job.title
        and before.description == job.description
        and before.customer == job.customer
        and before.site.street == job.site.street
        and before.number == job.number
    )


def put_user(state: State, user: User) -> None:
    """Store a user; the caller holds the lock."""
    before = state.users.get(user.id)
    if before is not None and before.email != user.email:
        del state.emails[before.email]
    state.emails[user.email] = user.id
    state.users[user.id] = user
